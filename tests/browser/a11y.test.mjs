/** The admin page for those who use a keyboard, a screen reader, high contrast or a small screen. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { launch } from './harness.mjs';
import { logIn, PASSWORD, addUser, newTab, serveStatic, setUp, signOut, visit } from './page-help.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Every view, with what has to be there before it is looked at. */
const VIEWS = [
  ['users', 'table[aria-label=Users]'],
  ['users?search=zzz', '.picture:has-text("No match")'],
  ['users/bert', 'dw-profile-form'],
  ['users/bert/rights', 'dw-may-ask'],
  ['users/bert/tokens', 'dw-token-list .picture'],
  ['users/bert/settings', 'textarea'],
  ['users/nobody', '.picture'],
  ['groups', 'table[aria-label=Groups]'],
  ['groups/users', 'dw-group-form'],
  ['groups?new=yes', 'dw-group-form'],
  ['audit', 'table[aria-label=Audit]'],
  ['me', 'dw-profile-form'],
  ['me/rights', 'dw-may-ask'],
  ['me/tokens', 'dw-token-list table'],
  ['me/password', 'dw-password-form'],
  ['me/second-factor', 'dw-second-factor button'],
  ['me/sites', 'dw-site-list .picture'],
  ['settings', 'dw-settings'],
  ['nowhere', '.picture'],
];

let browser;
let host;
before(async () => {
  browser = await launch();
  host = await serveStatic();
});
after(async () => {
  await browser?.close();
  await host?.close();
});

async function violations(tab, where) {
  await tab.evaluate(axe);
  const found = await tab.evaluate(async () => {
    const { violations: list } = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return list.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`,
    );
  });
  return found.map((line) => `${where}: ${line}`);
}

/** Lets entrance animations end, as half-faded text has no contrast. */
async function settled(tab) {
  await tab.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((a) => a.effect?.getTiming().iterations !== Infinity)
        .map((a) => a.finished),
    ),
  );
}

describe('axe finds nothing', () => {
  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 360],
  ]) {
    it(`in ${scheme}, ${width} wide`, async () => {
      const context = await browser.newContext({
        colorScheme: scheme,
        viewport: { width, height: 800 },
        reducedMotion: 'reduce',
      });
      const tab = await newTab(context);
      const found = [];
      const look = async (where) => {
        await settled(tab);
        found.push(...(await violations(tab, where)));
        const overflow = await tab.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (overflow > 0) found.push(`${where}: ${overflow} px wider than the screen`);
      };
      await tab.goto(`${host.url}?store=indexeddb:axe-${scheme}-${width}`);
      await tab.getByRole('button', { name: 'Create administrator' }).waitFor();
      await look('set-up');
      await tab.getByRole('button', { name: 'Create administrator' }).click();
      await tab.locator('.field-error').first().waitFor();
      await look('set-up with an error');
      await setUp(tab);
      await addUser(tab, 'bert', { displayName: 'Bert Example' });
      for (const [route, ready] of VIEWS) {
        await visit(tab, route);
        await tab.locator(ready).first().waitFor();
        await look(route);
      }
      await visit(tab, 'users');
      await tab.getByRole('button', { name: 'Add user' }).click();
      await tab.getByRole('dialog').getByRole('checkbox').first().waitFor();
      await look('adding a user');
      await tab.keyboard.press('Escape');
      await visit(tab, 'users/bert');
      await tab.getByRole('button', { name: 'Delete' }).click();
      await look('asking before a deletion');
      await tab.keyboard.press('Escape');
      await visit(tab, 'users/bert/tokens');
      await tab.getByRole('button', { name: 'New token' }).click();
      await tab.getByRole('radio', { name: /Only what is chosen/ }).check();
      await look('a new token');
      await tab.getByRole('radio', { name: /Everything bert may/ }).check();
      await tab.getByRole('textbox', { name: 'Name' }).fill('Kiosk');
      await tab.getByRole('button', { name: 'Create' }).click();
      await tab.getByRole('button', { name: 'I have kept it' }).waitFor();
      await look('the value of a token');
      await tab.getByRole('button', { name: 'I have kept it' }).click();
      await tab.getByRole('row', { name: /Kiosk/ }).waitFor();
      await look('tokens');
      await visit(tab, 'me/second-factor');
      await tab.getByRole('button', { name: 'Set up' }).click();
      await tab.getByRole('img', { name: /QR code/ }).waitFor();
      await look('setting up a second factor');
      const secret = (await tab.getByLabel('Secret', { exact: true }).inputValue()).replaceAll(' ', '');
      await tab.getByLabel('Code', { exact: true }).fill(new TOTP({ secret: Secret.fromBase32(secret) }).generate());
      await tab.getByRole('button', { name: 'Turn on' }).click();
      await tab.getByRole('button', { name: 'I have kept them' }).waitFor();
      await look('recovery codes');
      await tab.getByRole('button', { name: 'I have kept them' }).click();
      await tab.getByRole('button', { name: 'Remove' }).waitFor();
      await look('a second factor');
      await tab.getByRole('button', { name: 'Remove' }).click();
      await look('removing a second factor');
      await tab.keyboard.press('Escape');
      await signOut(tab);
      await look('log-in');
      await logIn(tab, 'ann');
      await tab.getByLabel('Code', { exact: true }).waitFor();
      await look('log-in with a code');
      assert.deepEqual(found, []);
      tab.quiet();
      await context.close();
    });
  }
});

/** Presses Tab until the focus is on a control of that name. */
async function tabTo(tab, name, key = 'Tab') {
  for (let step = 0; step < 80; step += 1) {
    const label = await tab.evaluate(() => {
      const element = document.activeElement;
      return (
        element?.getAttribute('aria-label') ??
        element?.labels?.[0]?.textContent?.trim() ??
        element?.textContent?.trim() ??
        ''
      );
    });
    if (name.test(label)) return;
    await tab.keyboard.press(key);
  }
  assert.fail(`no way by keyboard to ${name}`);
}

it('logs in, adds a user and comes back to where it was, by keyboard alone', async () => {
  const context = await browser.newContext();
  const tab = await newTab(context);
  await tab.goto(`${host.url}?store=indexeddb:keyboard`);
  await setUp(tab);
  await signOut(tab);

  await tab.waitForFunction(() => document.activeElement?.getAttribute('name') === 'name');
  await tab.keyboard.type('ann');
  await tab.keyboard.press('Tab');
  await tab.keyboard.type(PASSWORD);
  await tab.keyboard.press('Enter');
  await tab.getByRole('heading', { name: 'Users', level: 1 }).waitFor();

  // The first stop of the page skips the navigation.
  await tab.evaluate(() => document.activeElement?.blur());
  await visit(tab, 'audit');
  await tab.reload();
  await tab.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();
  await tab.keyboard.press('Tab');
  assert.equal(await tab.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  await tab.keyboard.press('Enter');
  assert.equal(await tab.evaluate(() => document.activeElement?.id), 'main');

  await tabTo(tab, /^Users$/, 'Shift+Tab');
  await tab.keyboard.press('Enter');
  await tab.waitForFunction(
    () => document.activeElement?.tagName === 'H1' && document.activeElement.textContent === 'Users',
  );
  await tabTo(tab, /^Add user$/);
  const ring = await tab.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(ring, 'solid', 'the focus cannot be seen');
  await tab.keyboard.press('Enter');
  await tab.getByRole('dialog', { name: 'Add a user' }).waitFor();
  await tab.keyboard.press('Escape');
  await tab.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Add user');
  await tab.keyboard.press('Enter');
  await tabTo(tab, /^Login name/);
  await tab.keyboard.type('bert');
  await tabTo(tab, /^Password/);
  await tab.keyboard.type(PASSWORD);
  await tab.keyboard.press('Enter');
  await tab.waitForFunction(
    () => document.activeElement?.tagName === 'H2' && document.activeElement.textContent === 'bert',
  );
  assert.equal(
    await tab
      .locator('dw-toast [role=status]')
      .innerText()
      .then((text) => text.split('\n')[0]),
    'bert was added.',
  );
  tab.quiet();
  await context.close();
});

it('has targets of at least 40 pixels on a phone', async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const tab = await newTab(context);
  await tab.goto(`${host.url}?store=indexeddb:touch`);
  await setUp(tab);
  await addUser(tab, 'bert');
  const small = [];
  for (const [route, ready] of VIEWS) {
    await visit(tab, route);
    await tab.locator(ready).first().waitFor();
    small.push(
      ...(await tab.evaluate((where) => {
        const low = [];
        for (const element of document.querySelectorAll('button, a, input, select, textarea')) {
          // Inline links are text; a checkbox has its whole label as target; a row's link covers its row.
          const target =
            element.closest('label') ?? (element.classList.contains('row-link') ? element.closest('tr') : element);
          const { width, height } = target.getBoundingClientRect();
          const inline = getComputedStyle(target).display === 'inline';
          if (inline || element.closest('.unseen, .skip, dw-toast') || element.matches('.unseen, .skip') || width === 0)
            continue;
          if (height < 39.5 || width < 39.5) low.push(`${where}: ${element.outerHTML.slice(0, 90)} ${width}x${height}`);
        }
        return low;
      }, route)),
    );
  }
  assert.deepEqual(small, []);
  await context.close();
});

it('moves nothing where reduced motion is asked for', async () => {
  for (const [reducedMotion, moves] of [
    ['no-preference', true],
    ['reduce', false],
  ]) {
    const context = await browser.newContext({ reducedMotion });
    const tab = await newTab(context);
    await tab.goto(`${host.url}?store=indexeddb:motion`);
    await setUp(tab);
    await addUser(tab, 'bert');
    const name = await tab.locator('.toast').evaluate((toast) => getComputedStyle(toast).animationName);
    assert.equal(name !== 'none', moves, `with ${reducedMotion} the animation is ${name}`);
    await context.close();
  }
});
