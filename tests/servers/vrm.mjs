/** The VRM face of a door, as somebody: what the races for names of access tokens ask, in Node and in pages. */

export const password = 'correct horse battery';

/** Hashing is not what is tested here. */
export const vrmOptions = {
  policy: { preset: 'vrm', hashMemory: 8, hashPasses: 1 },
  faces: { vrm: { rateLimit: false } },
};

async function request(door, method, path, { as, body } = {}) {
  const headers = as === undefined ? {} : { 'x-authorization': as };
  const text = body === undefined ? undefined : JSON.stringify(body);
  const reply = await door.handle(new Request(`http://localhost/v2${path}`, { method, headers, body: text }));
  return { status: reply.status, json: await reply.json() };
}

/** Logs in; gives what asks as that user. */
export async function inVrm(door, who) {
  const body = { username: `${who}@example.org`, password };
  const { json } = await request(door, 'POST', '/auth/login', { body });
  if (!json.token) throw new Error(`no log-in: ${JSON.stringify(json)}`);
  return (method, path, body) => request(door, method, path, { as: `Bearer ${json.token}`, body });
}
