// What has to compile against `doorward/octoprint`, and what must not.
import type { Session } from 'doorward';
import { connect, OctoPrint, OctoPrintClient, RequestError, type Call, type Users } from 'doorward/octoprint';

export async function compiles(session: Session): Promise<string[]> {
  const client = new OctoPrintClient({ baseurl: 'http://octopi.local', apikey: 'k', generation: 'L' });
  const call: Call<{ apikey: string }> = client.users.generateApiKey('ann', { timeout: 500 });
  call.done(({ apikey }, textStatus, xhr) => `${apikey} ${textStatus} ${xhr.status}`).fail((xhr) => xhr.responseJSON);
  call.always(() => undefined).abort();
  const length: Call<number> = call.then(({ apikey }) => apikey.length).finally(() => undefined);
  const plain: Promise<{ apikey: string }> = call;
  client.users.update('ann', true, false, { headers: { 'X-Own': '1' } });
  client.access.users.update('ann', true, ['PRINT'], ['users']);
  client.access.users.changePassword('ann', 'new', 'old');
  client.access.users.changePassword('ann', 'new', { timeout: 500 });
  OctoPrint.options.baseurl = 'http://octopi.local';
  const typed: { version: string } = await OctoPrint.get<{ version: string }>('api/version');
  // One line apart.
  const users: Users[] = [session.users, (await connect({ baseurl: '/', apikey: 'k' })).users];
  await connect({ baseurl: '/', user: 'ann', password: 'pw', remember: true });
  await connect({ baseurl: '/' });
  void [length, plain, users];
  return [typed.version];
}

export async function refused(client: OctoPrintClient, error: unknown): Promise<void> {
  // @ts-expect-error a name is needed
  client.users.get();
  // @ts-expect-error a password is needed
  client.users.add({ name: 'x' });
  // @ts-expect-error no such option
  client.users.list({ timeOut: 5 });
  // @ts-expect-error no such generation
  client.options.generation = 'M';
  // @ts-expect-error a key or a password, not both
  await connect({ baseurl: '/', apikey: 'k', user: 'ann', password: 'pw' });
  // @ts-expect-error a name goes with a password
  await connect({ baseurl: '/', user: 'ann' });
  // @ts-expect-error an address is needed
  await connect({ apikey: 'k' });
  // @ts-expect-error what failed is read, not written
  if (error instanceof RequestError) error.status = 0;
}
