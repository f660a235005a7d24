/** The page's second factor from set-up to removal, and a user's sites: against the server and without one. */
import assert from 'node:assert/strict';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { launch } from './harness.mjs';
import { PASSWORD, logIn, newTab, serveDoorward, serveStatic, setUp, signOut, told, visit } from './page-help.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const codeOf = (secret, timestamp = Date.now()) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });

/** Sets one up by the keyboard alone; gives the secret and the recovery codes. */
async function turnOn(tab) {
  await visit(tab, 'me/second-factor');
  await tab.getByRole('button', { name: 'Set up' }).press('Enter');
  const dialog = tab.getByRole('dialog', { name: 'Set up a second factor' });
  await dialog.getByRole('img', { name: /QR code/ }).waitFor();
  const secret = (await dialog.getByLabel('Secret', { exact: true }).inputValue()).replaceAll(' ', '');
  const code = dialog.getByLabel('Code', { exact: true });
  await code.fill('000000x');
  await code.press('Enter');
  await dialog.getByText('The code is wrong').waitFor();
  assert.equal(await code.getAttribute('aria-invalid'), 'true');
  await code.fill(codeOf(secret));
  await code.press('Enter');
  const codes = tab.getByRole('dialog', { name: 'Your recovery codes' });
  await codes.waitFor();
  const recovery = await codes.getByRole('listitem').allInnerTexts();
  assert.equal(recovery.length, 10);
  await tab.keyboard.press('Escape');
  assert.ok(await codes.isVisible(), 'what is shown once does not go by mistake');
  await codes.getByRole('button', { name: 'I have kept them' }).press('Enter');
  await codes.waitFor({ state: 'detached' });
  await tab.getByText('10 recovery codes are left').waitFor();
  const content = await tab.content();
  assert.ok(![secret, ...recovery].some((text) => content.includes(text)), 'a secret is still in the page');
  return { secret, recovery };
}

/** The life of a second factor; begins and ends signed in as the first administrator. */
async function life(tab, name) {
  const { secret, recovery } = await turnOn(tab);
  await signOut(tab);
  await logIn(tab, name);
  const code = tab.getByLabel('Code', { exact: true });
  await code.waitFor();
  assert.ok(await code.evaluate((input) => input === document.activeElement), 'the focus is where one goes on');
  await code.fill('12');
  await tab.getByRole('button', { name: 'Log in' }).click();
  await tab.getByText('The code is wrong').waitFor();
  // The code of now was used at set-up; the one to come is good already.
  await code.fill(codeOf(secret, Date.now() + 30_000));
  await tab.getByRole('button', { name: 'Log in' }).click();
  await tab.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
  await signOut(tab);
  await logIn(tab, name);
  await code.fill(recovery[0].toLowerCase());
  await tab.getByRole('button', { name: 'Log in' }).click();
  await tab.getByRole('heading', { name: 'Users', level: 1 }).waitFor();

  await visit(tab, 'me/second-factor');
  await tab.getByText('9 recovery codes are left').waitFor();
  await tab.getByRole('button', { name: 'New recovery codes' }).click();
  const renew = tab.getByRole('dialog', { name: 'New recovery codes' });
  await renew.getByRole('button', { name: 'Make new ones' }).click();
  await renew.getByText('The password or a code is missing').waitFor();
  await renew.getByLabel('Password', { exact: false }).first().fill(PASSWORD);
  await renew.getByRole('button', { name: 'Make new ones' }).click();
  await tab.getByRole('button', { name: 'I have kept them' }).click();
  await tab.getByText('10 recovery codes are left').waitFor();
  await tab.getByRole('button', { name: 'Remove' }).click();
  const remove = tab.getByRole('dialog', { name: 'Remove the second factor' });
  await remove.getByLabel('Password', { exact: false }).first().fill('wrong password');
  await remove.getByRole('button', { name: 'Remove' }).click();
  await remove.getByText('The current password is wrong').waitFor();
  await remove.getByLabel('Password', { exact: false }).first().fill(PASSWORD);
  await remove.getByRole('button', { name: 'Remove' }).click();
  await told(tab, 'The second factor was removed.');
  await tab.getByRole('button', { name: 'Set up' }).waitFor();
}

describe('a second factor in the page', () => {
  it('without a server', async (t) => {
    const host = await serveStatic();
    t.after(host.close);
    const context = await browser.newContext();
    t.after(() => context.close());
    const tab = await newTab(context);
    await tab.goto(`${host.url}?store=indexeddb:factor`);
    await setUp(tab);
    await life(tab, 'ann');
    await visit(tab, 'me/sites');
    await tab.getByText('No sites').waitFor();
    tab.quiet();
  });

  it('with a server; an administrator removes another’s, and sees his sites', async (t) => {
    const path = mkdtempSync(join(tmpdir(), 'doorward-page-'));
    t.after(() => rmSync(path, { recursive: true }));
    const world = {
      users: [
        { id: 1, name: 'ann', admin: true, password: PASSWORD },
        { id: 2, name: 'tia', password: PASSWORD, totp: new Secret({ size: 20 }).base32 },
      ],
      resources: {
        site: [
          { id: 101, name: 'Boat', identifier: 'c0619ab00101', owner: 'tia' },
          { id: 9, name: 'Barn', identifier: 'c0619ab00102', owner: 'ann' },
        ],
      },
      links: [
        { user: 'tia', kind: 'site', id: 101, level: 1 },
        { user: 'tia', kind: 'site', id: 9, level: 0 },
      ],
    };
    writeFileSync(join(path, 'world.json'), JSON.stringify(world));
    const server = await serveDoorward('--world', join(path, 'world.json'));
    t.after(server.close);
    const context = await browser.newContext();
    t.after(() => context.close());
    const tab = await newTab(context);
    await tab.goto(server.url);
    await logIn(tab, 'ann');
    await tab.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
    await life(tab, 'ann');
    await visit(tab, 'users/tia/sites');
    const table = tab.getByRole('table', { name: 'Sites of tia' });
    await table.waitFor();
    const rows = (await table.getByRole('row').allInnerTexts()).slice(1).map((row) => row.replace(/\s+/g, ' ').trim());
    assert.deepEqual(rows, ['Barn 9 c0619ab00102 Looking only', 'Boat owner 101 c0619ab00101 Full control']);
    await visit(tab, 'users/tia');
    await tab.getByRole('button', { name: 'Remove second factor' }).click();
    await tab.getByRole('dialog').getByRole('button', { name: 'Remove the second factor' }).click();
    await told(tab, 'The second factor of tia was removed.');
    await signOut(tab);
    await logIn(tab, 'tia');
    await tab.getByRole('heading', { name: 'My account' }).waitFor();
    await visit(tab, 'me/sites');
    await tab.getByRole('table', { name: 'Sites of tia' }).waitFor();
    // An access token made here lets a program for VRM in.
    await visit(tab, 'me/tokens');
    await tab.getByRole('button', { name: 'New token' }).click();
    const dialog = tab.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Solar');
    await dialog.getByLabel('Kind').selectOption('access');
    await dialog.getByRole('button', { name: 'Create' }).click();
    const token = await tab.getByLabel('Value').inputValue();
    const { connect } = await import('doorward/vrm');
    const vrm = await connect({ baseurl: server.url, token });
    assert.deepEqual(
      (await vrm.users.installations()).map(({ name }) => name),
      ['Barn', 'Boat'],
    );
    assert.deepEqual(
      (await vrm.accessTokens.list()).map(({ name }) => name),
      ['Solar'],
    );
    tab.quiet();
  });
});
