// What a door keeps of tokens that it has found good: another use of one costs no look into the core, and nothing else
// about it is different.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { open, openLocal } from 'doorward/faces';
import { memory, memoryData } from 'doorward/stores/memory';
import { KnownTokens } from '../../pkg/dist/core/known-tokens.js';

/** A door that has met the token of `ann` more than once, and another handle's door on the same data. */
async function scene({ now, expires } = {}) {
  const data = memoryData();
  const { door: other, session: local } = await openLocal({ store: memory({ data }), ...(now && { now }) });
  await local.groups.add({ key: 'readers', name: 'Readers', scopes: ['users.read'] });
  await local.users.create({ name: 'ann', groups: ['users', 'readers'] });
  const { value, id } = await local.tokens.create({ user: 'ann', name: 'a key', ...(expires && { expires }) });
  const door = await open({ store: memory({ data }), ...(now && { now }) });
  for (let at = 0; at < 3; at += 1) (await door.authenticate(value)).close();
  return { other, local, door, value, id, close: () => Promise.all([door.close(), other.close()]) };
}

const ends = {
  'a token revoked': [({ local, id }) => local.tokens.revoke(id, { user: 'ann' }), 'unknownToken'],
  'a disabled owner': [({ local }) => local.users.edit('ann', { status: 'disabled' }), 'accountDisabled'],
  'a removed owner': [({ local }) => local.users.remove('ann'), 'unknownToken'],
};

for (const [what, [end, code]] of Object.entries(ends)) {
  test(`${what} is refused in the tick after, and so are the sessions that are open`, async () => {
    const parts = await scene();
    const held = await parts.door.authenticate(parts.value);
    assert.equal(held.can('users.read'), true);
    await end(parts);
    const asked = parts.door.authenticate(parts.value);
    await assert.rejects(asked, { code });
    await assert.rejects(held.refresh());
    assert.equal(held.can('users.read'), false);
    await parts.close();
  });

  test(`${what}, asked for before the commit has resolved, is never taken for good behind it`, async () => {
    const parts = await scene();
    let over = false;
    const ending = end(parts).then(() => (over = true));
    for (;;) {
      const before = over;
      const outcome = await parts.door.authenticate(parts.value).then((session) => (session.close(), 'good'), String);
      if (before) {
        assert.notEqual(outcome, 'good');
        break;
      }
    }
    await ending;
    await parts.close();
  });
}

test('a group that loses a scope loses it for the next session, and for those that are open', async () => {
  const { door, local, value, close } = await scene();
  const held = await door.authenticate(value);
  assert.equal(held.can('users.read'), true);
  await local.groups.update('readers', { scopes: [] });
  assert.equal((await door.authenticate(value)).can('users.read'), false);
  await held.refresh();
  assert.equal(held.can('users.read'), false);
  await local.groups.update('readers', { scopes: ['users.read'] });
  assert.equal((await door.authenticate(value)).can('users.read'), true);
  await close();
});

test('the clock is looked at each time, also where it goes back', async () => {
  let time = 1_700_000_000_000;
  const { door, value, close } = await scene({ now: () => time, expires: time + 5000 });
  time += 4999;
  const session = await door.authenticate(value);
  time += 1;
  await assert.rejects(door.authenticate(value), { code: 'expiredToken' });
  time -= 1;
  (await door.authenticate(value)).close();
  session.close();
  await close();
});

test('a session is closed by itself, whoever else uses the credential', async () => {
  const { door, value, close } = await scene();
  const [first, second] = await Promise.all([door.authenticate(value), door.authenticate(value)]);
  assert.notEqual(first, second);
  first.close();
  first.close();
  assert.equal(first.can('users.read'), false);
  assert.equal(first.explain('users.read').by, 'session-closed');
  assert.throws(() => first.me, { code: 'storeClosed' });
  assert.throws(() => first.intern('thing', ['a']), { code: 'storeClosed' });
  await assert.rejects(first.refresh(), { code: 'storeClosed' });
  assert.equal(second.can('users.read'), true);
  assert.equal(second.me.name, 'ann');
  const third = await door.authenticate(value);
  second.close();
  assert.equal(third.me.name, 'ann');
  await close();
});

test('a session that logs out ends the token for all', async () => {
  const { door, value, close } = await scene();
  const [first, second] = await Promise.all([door.authenticate(value), door.authenticate(value)]);
  await first.logOut();
  assert.equal(second.can('users.read'), false);
  await assert.rejects(door.authenticate(value), { code: 'unknownToken' });
  await close();
});

test('a closed door knows no token, and its sessions answer nothing', async () => {
  const { door, other, value } = await scene();
  const session = await door.authenticate(value);
  const closing = door.close();
  await assert.rejects(door.authenticate(value), { code: 'storeClosed' });
  await closing;
  await assert.rejects(door.authenticate(value), { code: 'storeClosed' });
  assert.equal(session.can('users.read'), false);
  assert.throws(() => session.me, { code: 'storeClosed' });
  session.close();
  await other.close();
});

test('a use of a known token is seen, a few seconds later at most', async () => {
  let time = 1_700_000_000_000;
  const { door, value, id, local, close } = await scene({ now: () => time });
  const session = await door.authenticate(value);
  for (const step of [10_000, 30_000, 90_000]) {
    time += step;
    (await door.authenticate(value)).close();
    const { tokens } = await session.tokens.list();
    assert.equal(tokens.find((token) => token.id === id).lastUsed, time);
  }
  time += 9000;
  (await door.authenticate(value)).close();
  const { tokens } = await session.tokens.list();
  assert.ok(time - tokens.find((token) => token.id === id).lastUsed < 10_000);
  await local.tokens.list({ user: 'ann' });
  await close();
});

test('tokens that are none, or nearly the known one, are refused as ever', async () => {
  const { door, value, close } = await scene();
  const last = value.at(-1) === 'A' ? 'B' : 'A';
  const wrong = [
    `${value.slice(0, -1)}${last}`,
    `${value}A`,
    value.slice(0, -1),
    `${value.slice(0, -1)}é`,
    `${value}\0`,
    'é'.repeat(50),
    '',
    null,
    undefined,
    7,
    { toString: () => value },
    [value],
  ];
  for (const token of wrong) await assert.rejects(door.authenticate(token), { code: 'invalidToken' });
  assert.equal((await door.authenticate(value)).me.name, 'ann');
  await close();
});

test('a credential that knows many resources is not handed on', async () => {
  const { door, value, close } = await scene();
  const first = await door.authenticate(value);
  first.intern(
    'thing',
    Array.from({ length: 2000 }, (_, at) => `thing ${at}`),
  );
  const second = await door.authenticate(value);
  assert.deepEqual([...second.intern('thing', ['a', 'b'])], [0, 1]);
  first.close();
  assert.equal(second.me.name, 'ann');
  await close();
});

/** A credential as the table sees it. */
function credential() {
  const calls = { kept: 0, again: 0 };
  return {
    calls,
    shareable: true,
    handle: { expires: () => Infinity },
    again: () => ((calls.again += 1), true),
    keep: () => (calls.kept += 1),
    unkeep: () => (calls.kept -= 1),
  };
}

const freshToken = () => randomBytes(32).toString('base64url');

test('the table is a map of tokens: it grows, has a bound, and lets go of all that it kept', () => {
  let epoch = 1;
  const known = new KnownTokens({ epoch: () => epoch, now: () => 5000 });
  const made = Array.from({ length: 8192 }, () => [freshToken(), credential()]);
  for (const [token, each] of made) known.add(token, each);
  for (const [token, each] of made) assert.equal(known.find(token), each);
  for (let at = 0; at < 1000; at += 1) assert.equal(known.find(freshToken()), undefined);
  // Known already: the new one takes its place.
  const [[token, before]] = made;
  known.clear();
  assert.ok(made.every(([, { calls }]) => calls.kept === 0));
  known.add(token, before);
  const after = credential();
  known.add(token, after);
  assert.equal(known.find(token), after);
  assert.deepEqual([before.calls.kept, after.calls.kept], [0, 1]);
  // One more than there is room for: all others are forgotten.
  for (const [each, of] of made.slice(1)) known.add(each, of);
  known.add(freshToken(), credential());
  assert.equal(made.filter(([each]) => known.find(each) !== undefined).length, 0);
  assert.equal(after.calls.kept, 0);
  // Another number: likewise.
  known.add(token, after);
  epoch += 1;
  assert.equal(known.find(token), undefined);
  assert.equal(after.calls.kept, 0);
  epoch -= 1;
  assert.equal(known.find(token), undefined);
});

test('what the core no longer finds good is not kept, and a number that is not known keeps nothing', () => {
  let epoch = 1;
  const known = new KnownTokens({ epoch: () => epoch, now: () => 5000 });
  const token = freshToken();
  known.add(token, { ...credential(), again: () => false });
  assert.equal(known.find(token), undefined);
  epoch = -1;
  known.add(token, credential());
  assert.equal(known.find(token), undefined);
});

test('the table holds neither tokens nor parts of them', () => {
  const known = new KnownTokens({ epoch: () => 1, now: () => 5000 });
  const encoded = [];
  const { encodeInto } = TextEncoder.prototype;
  TextEncoder.prototype.encodeInto = function (text, bytes) {
    encoded.push(bytes);
    return encodeInto.call(this, text, bytes);
  };
  try {
    for (const token of [freshToken(), `${freshToken().slice(1)}é`, 'é'.repeat(64)]) {
      known.add(token, credential());
      known.find(token);
    }
  } finally {
    TextEncoder.prototype.encodeInto = encodeInto;
  }
  assert.ok(encoded.length >= 4);
  for (const bytes of encoded) assert.ok(bytes.every((byte) => byte === 0));
});
