// The JavaScript API of design §4 over the memory store, the clock held still.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { DoorwardError, InvalidArgumentError, open } from 'doorward';
import { memory, memoryData } from 'doorward/stores/memory';
import { faulty } from 'doorward/testing';

const scopes = [{ name: 'printer.view' }, { name: 'printer.start', implies: ['printer.view'] }];
/** Quick hashes: the cost of the default is the business of other tests. */
const policy = { preset: 'doorward', hashMemory: 64, hashPasses: 1 };

let door;
let ann;
let data;
let clock;

/** Another door on the same data, as another tab has. */
const another = (options = {}) => open({ store: memory({ data }), policy, scopes, now: () => clock, ...options });
const code = (expected) => (error) => {
  assert.ok(DoorwardError.is(error), `a DoorwardError, not ${error}`);
  assert.equal(error.code, expected, error.message);
  return true;
};

beforeEach(async () => {
  data = memoryData();
  clock = 1_700_000_000_000;
  door = await another();
  ann = await door.setUp({ name: 'ann', password: 'correct horse' });
});

describe('the ten functions of OctoPrintClient.users', () => {
  test('add, list, get, update, delete', async () => {
    const { users } = await ann.users.add({ name: 'bob', password: 'battery staple' });
    assert.deepEqual(
      users.map(({ name, active, admin }) => [name, active, admin]),
      [
        ['ann', true, true],
        ['bob', true, false],
      ],
    );
    const bob = await ann.users.get('bob');
    assert.deepEqual(
      Object.keys(users[1]).sort(),
      Object.keys(bob)
        .filter((key) => key !== 'reach')
        .sort(),
    );
    assert.equal(bob.apikey, null);
    assert.deepEqual(bob.roles, ['user']);
    await ann.users.update('bob', true, true);
    assert.deepEqual((await ann.users.get('bob')).roles, ['user', 'admin']);
    await ann.users.update('bob', false);
    const disabled = await ann.users.get('bob');
    assert.deepEqual([disabled.active, disabled.admin, disabled.status], [false, true, 'disabled']);
    await ann.users.update('bob', true, false, null, null);
    assert.deepEqual((await ann.users.get('bob')).groups, ['users'], 'null groups: unchanged');
    assert.deepEqual(
      (await ann.users.delete('bob')).users.map(({ name }) => name),
      ['ann'],
    );
  });

  test('changePassword asks for the own current password, and ends other sessions', async () => {
    await ann.users.add({ name: 'bob', password: 'battery staple' });
    const bob = await door.logIn('bob', 'battery staple');
    const other = await door.logIn('bob', 'battery staple');
    await assert.rejects(bob.users.changePassword('bob', 'a new password'), code('currentPasswordRequired'));
    await assert.rejects(bob.users.changePassword('bob', 'a new password', 'wrong'), code('currentPasswordWrong'));
    assert.deepEqual(await bob.users.changePassword('bob', 'a new password', 'battery staple'), {});
    await assert.rejects(other.users.get('bob'), code('unknownToken'));
    assert.equal((await bob.users.get('bob')).name, 'bob');
    await ann.users.changePassword('bob', 'set by ann');
    await assert.rejects(bob.users.get('bob'), code('unknownToken'));
    assert.ok(await door.logIn('bob', 'set by ann'));
  });

  test('generateApiKey replaces, resetApiKey removes', async () => {
    const first = (await ann.users.generateApiKey('ann')).apikey;
    const second = (await ann.users.generateApiKey('ann')).apikey;
    assert.match(second, /^dw_[\w-]{47}$/);
    await assert.rejects(door.authenticate(first), code('unknownToken'));
    assert.equal((await door.authenticate(second)).me.name, 'ann');
    assert.deepEqual(await ann.users.resetApiKey('ann'), {});
    assert.deepEqual(await ann.users.resetApiKey('ann'), {});
    await assert.rejects(door.authenticate(second), code('unknownToken'));
  });

  test('settings merge by top-level key', async () => {
    await ann.users.saveSettings('ann', { a: { x: 1, y: 2 }, l: [1] });
    assert.deepEqual(await ann.users.saveSettings('ann', { a: { x: 9 }, n: null }), {});
    await ann.users.saveSettings('ann');
    assert.deepEqual(await ann.users.getSettings('ann'), { a: { x: 9 }, l: [1], n: null });
  });

  test('what is missing throws InvalidArgumentError at once', () => {
    const { users } = ann;
    for (const call of [
      () => users.get(''),
      () => users.get(),
      () => users.add({ name: 'x' }),
      () => users.add({ password: 'x' }),
      () => users.update(''),
      () => users.delete(),
      () => users.changePassword('ann'),
      () => users.generateApiKey(),
      () => users.resetApiKey(''),
      () => users.getSettings(undefined),
      () => users.saveSettings(''),
    ]) {
      assert.throws(call, InvalidArgumentError);
    }
  });
});

describe('lists', () => {
  test('pages by name and by id, and a search by the beginning', async () => {
    for (const name of ['bea', 'Ben', 'cy', 'abe', 'be']) await ann.users.create({ name });
    const names = async (options) => {
      const all = [];
      for (let after; ;) {
        const page = await ann.users.list({ ...options, ...(after !== undefined && { after }) });
        all.push(page.users.map(({ name }) => name));
        if (page.next === undefined) return all;
        after = page.next;
      }
    };
    assert.deepEqual(await names({ limit: 4 }), [
      ['abe', 'ann', 'be', 'bea'],
      ['Ben', 'cy'],
    ]);
    assert.deepEqual(await names({ limit: 3, order: 'id' }), [
      ['ann', 'bea', 'Ben'],
      ['cy', 'abe', 'be'],
    ]);
    assert.deepEqual(await names({ limit: 2, search: 'BE' }), [['be', 'bea'], ['Ben']]);
    assert.deepEqual(await names({ search: 'zz' }), [[]]);
    await assert.rejects(ann.users.list({ limit: 0 }), code('invalidArgument'));
    await assert.rejects(ann.users.list({ limit: 1001 }), code('invalidArgument'));
    await assert.rejects(ann.users.list({ nope: 1, limit: 1 }), code('unknownField'));
  });
});

describe('rights', () => {
  test('a key may do no more than its scopes, and says why', async () => {
    await ann.users.create({ name: 'bob', scopes: ['printer.start'], reach: { thing: ['lamp', 'stove'] } });
    const { value } = await ann.tokens.create({
      user: 'bob',
      name: 'k',
      scopes: ['printer.view'],
      reach: { thing: ['lamp'] },
    });
    const key = await door.authenticate(value);
    assert.equal(key.can('printer.view'), true);
    assert.equal(key.can('printer.start'), false);
    assert.equal(key.explain('printer.start').by, 'token-scopes');
    assert.equal(key.can('printer.view', { kind: 'thing', id: 'lamp' }), true);
    assert.equal(key.explain('printer.view', { kind: 'thing', id: 'stove' }).by, 'token-reach');
    assert.deepEqual(key.filter('printer.view', 'thing', ['stove', 'lamp', 'x']), ['lamp']);
    const handles = key.intern('thing', ['stove', 'lamp', 'x']);
    assert.deepEqual([...key.filter('printer.view', handles)], [handles[1]]);
    assert.equal(key.can('printer.view', handles[1]), true);
    assert.equal(key.can('printer.view', -1), false, 'no handle, not "no resource"');
    assert.equal(key.can('no.such.scope'), false);
  });

  test('a change bites at once, in this door and in another', async () => {
    await ann.users.create({ name: 'bob', password: 'battery staple', scopes: ['printer.start'] });
    const other = await another();
    const here = await door.logIn('bob', 'battery staple');
    const there = await other.logIn('bob', 'battery staple');
    await ann.users.edit('bob', { scopes: [] });
    assert.equal(here.can('printer.start'), false);
    for (let tries = 0; there.can('printer.start') && tries < 100; tries++) await new Promise((r) => setTimeout(r, 5));
    assert.equal(there.can('printer.start'), false, 'by watch');
    await other.close();
  });

  test('an expired token is refused, and can nothing', async () => {
    const { value } = await ann.tokens.create({ name: 'k', expires: clock + 50 });
    const key = await door.authenticate(value);
    assert.equal(key.can('admin'), true);
    clock += 60;
    await new Promise((resolve) => setTimeout(resolve, 80));
    assert.equal(key.can('admin'), false);
    await assert.rejects(door.authenticate(value), code('expiredToken'));
    await assert.rejects(key.users.list(), code('expiredToken'));
  });

  test('nothing obtained through a token reaches further than it does', async () => {
    const { value } = await ann.tokens.create({ name: 'k', scopes: ['users.manage', 'self.manage'] });
    const key = await door.authenticate(value);
    await assert.rejects(key.users.create({ name: 'evil', admin: true }), code('denied'));
    await assert.rejects(key.users.changePassword('ann', 'taken over'), code('currentPasswordRequired'));
    await assert.rejects(key.tokens.create({ name: 'more', scopes: ['admin'] }), code('denied'));
    const heir = await key.tokens.create({ name: 'heir' });
    assert.deepEqual(heir.scopes, ['self.manage', 'users.manage']);
    await ann.users.create({ name: 'boss', admin: true, password: 'battery staple' });
    await assert.rejects(key.users.changePassword('boss', 'taken over'), code('denied'));
    await assert.rejects(key.users.generateApiKey('boss'), code('denied'));
  });
});

describe('bad input gets a coded error and changes nothing', () => {
  const long = 'x'.repeat(257);
  const cases = [
    ['invalidName', () => ann.users.create({ name: '   ' })],
    ['invalidName', () => ann.users.create({ name: long })],
    ['invalidName', () => ann.users.create({ name: 'a\u0007b' })],
    ['invalidPassword', () => ann.users.create({ name: 'bob', password: '' })],
    ['invalidPassword', () => ann.users.create({ name: 'bob', password: 'ä'.repeat(513) })],
    ['invalidPassword', () => door.logIn('ann', 'x'.repeat(1025))],
    ['unknownScope', () => ann.users.create({ name: 'bob', scopes: ['nope'] })],
    ['unknownGroup', () => ann.users.create({ name: 'bob', groups: ['nope'] })],
    ['unknownKind', () => ann.users.create({ name: 'bob', reach: { 'bad kind': ['x'] } })],
    ['unknownKind', () => ann.resources.list('')],
    ['invalidId', () => ann.resources.add({ kind: 'site', id: 2 ** 53 })],
    ['invalidSettings', () => ann.users.saveSettings('ann', [1])],
    ['invalidSettings', () => ann.users.saveSettings('ann', { a: 'x'.repeat(65_536) })],
    ['invalidSettings', () => ann.users.create({ name: 'bob', data: 'text' })],
    ['invalidEmail', () => ann.users.create({ name: 'bob', email: 'nobody' })],
    ['invalidArgument', () => ann.users.create({ name: 5 })],
    ['invalidArgument', () => ann.users.create(null)],
    ['invalidArgument', () => ann.tokens.create({ name: 'k', expires: Number.NaN })],
    ['invalidArgument', () => ann.tokens.create({ name: 'k', expires: clock - 1 })],
    ['unknownField', () => ann.users.create({ name: 'bob', shoeSize: 43 })],
    ['unknownField', () => ann.users.edit('ann', { password: 'not so' })],
    ['alreadyExists', () => ann.users.create({ name: 'ANN' })],
    ['invalidToken', () => door.authenticate('')],
    ['invalidToken', () => door.authenticate('dw_short')],
    ['invalidToken', () => door.authenticate(ann.token.slice(0, -1))],
    ['invalidToken', () => door.authenticate(ann.token.slice(0, -1) + (ann.token.endsWith('A') ? 'B' : 'A'))],
    ['unknownToken', () => door.authenticate('0123456789abcdef0123456789abcdef')],
    ['badCredentials', () => door.logIn('ghost', 'whatever')],
    ['setupDone', () => door.setUp({ name: 'eve', password: 'correct horse' })],
    ['unsupported', () => door.handle(new Request('http://h/api/users'))],
  ];
  cases.forEach(([expected, call], at) => {
    test(`${at + 1}: ${expected}`, async () => {
      const before = (await ann.users.list()).users;
      await assert.rejects(async () => await call(), code(expected));
      assert.deepEqual((await ann.users.list()).users, before);
    });
  });

  test('a store that throws, hangs or lies', async () => {
    const secret = new Error('the disk is on fire');
    const faults = [
      [{ do: 'throw', error: secret }, 'storeFailed'],
      [{ do: 'hang' }, 'storeTimeout'],
      [{ do: 'conflict' }, 'conflict'],
      [{ do: 'conflict', conflicts: [['never', 'checked']] }, 'storeCorrupt'],
      [{ do: 'answer', value: { ok: 'perhaps' } }, 'storeCorrupt'],
    ];
    for (const [fault, expected] of faults) {
      let armed = false;
      const store = faulty(memory({ data }), ({ method }) => (armed && method === 'commit' ? fault : undefined));
      const shaky = await another({ store, storeTimeout: 50 });
      const session = await shaky.logIn('ann', 'correct horse');
      armed = true;
      await assert.rejects(session.users.create({ name: 'bob' }), (error) => {
        if (fault.error) assert.equal(error.cause, secret);
        return code(expected)(error);
      });
      armed = false;
      assert.equal((await session.users.list()).users.length, 1, 'nothing half applied');
      await shaky.close();
    }
    const lying = faulty(memory({ data }), ({ method }) =>
      method === 'read' ? { do: 'answer', value: {} } : undefined,
    );
    await assert.rejects(another({ store: lying }), code('storeCorrupt'));
  });

  test('the last administrator stays, by every way out', async () => {
    const free = await another({ policy: { ...policy, ownAccountGuard: false } });
    const last = await free.logIn('ann', 'correct horse');
    for (const call of [
      () => last.users.remove('ann'),
      () => last.users.edit('ann', { admin: false }),
      () => last.users.edit('ann', { groups: [] }),
      () => last.users.edit('ann', { status: 'disabled' }),
    ]) {
      await assert.rejects(call, code('lastAdmin'));
    }
    await last.users.create({ name: 'bob', scopes: ['admin'] });
    assert.equal((await last.users.edit('ann', { admin: false })).admin, false);
    await free.close();
  });

  test('an unknown option, policy or scope', async () => {
    await assert.rejects(another({ nope: 1 }), code('unknownField'));
    await assert.rejects(another({ policy: 'nope' }), code('invalidPolicy'));
    await assert.rejects(another({ policy: { preset: 'doorward', hashLanes: 99 } }), code('invalidPolicy'));
    await assert.rejects(another({ scopes: [{ name: 'a', implies: ['a'] }] }), code('invalidCatalogue'));
    await assert.rejects(another({ store: {} }), code('invalidArgument'));
  });

  test('a store that is corrupt, of a newer version, or of somebody else', async () => {
    const put = async (key, value) => {
      const raw = memory({ data });
      await raw.commit({ checks: [], mutations: [{ set: key, value }] });
    };
    await put(['meta'], '{"format":2}');
    await assert.rejects(another(), code('storeTooNew'));
    await put(['meta'], '{"format":');
    await assert.rejects(another(), code('storeCorrupt'));
    await put(['meta'], '{"format":1}');
    await put(['groups'], '{}');
    await assert.rejects(ann.users.get('ann'), code('storeCorrupt'));
    data = memoryData();
    await put(['something'], '{}');
    await assert.rejects(another(), code('storeCorrupt'));
  });
});

describe('the door', () => {
  test('tells what happened', async () => {
    const heard = [];
    for (const event of ['userAdded', 'userChanged', 'userRemoved', 'tokenAdded', 'tokenRevoked', 'settingsChanged']) {
      door.on(event, (payload) => heard.push([event, payload.name ?? payload.user]));
    }
    await ann.users.create({ name: 'bob' });
    await ann.users.edit('bob', { displayName: 'Bob' });
    await ann.users.edit('bob', { displayName: 'Bob' });
    await ann.users.saveSettings('bob', { a: 1 });
    const { id } = await ann.tokens.create({ user: 'bob', name: 'k' });
    await ann.tokens.revoke(id);
    await ann.users.remove('bob');
    await Promise.resolve();
    assert.deepEqual(heard, [
      ['userAdded', 'bob'],
      ['userChanged', 'bob'],
      ['settingsChanged', 'bob'],
      ['tokenAdded', 'bob'],
      ['tokenRevoked', 'bob'],
      ['userRemoved', 'bob'],
    ]);
  });

  test('locks out after five wrong passwords, names that exist and names that do not', async () => {
    for (const name of ['ann', 'ghost']) {
      for (let tries = 0; tries < 5; tries++) await assert.rejects(door.logIn(name, 'wrong'), code('badCredentials'));
      await assert.rejects(door.logIn(name, 'correct horse'), (error) => {
        assert.equal(error.code, 'lockedOut');
        assert.equal(error.details.retryAfter, 1000);
        return true;
      });
    }
    clock += 1000;
    assert.ok(await door.logIn('ann', 'correct horse'));
  });

  test('two doors that race for one name have one winner', async () => {
    const other = await another();
    const eve = await other.logIn('ann', 'correct horse');
    for (let round = 0; round < 10; round++) {
      const name = `user${round}`;
      const ended = await Promise.allSettled([ann.users.create({ name }), eve.users.create({ name })]);
      assert.deepEqual(ended.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    }
    assert.equal((await ann.users.list()).users.length, 11);
    await other.close();
  });

  test('fifty changes at once all happen', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, at) => ann.users.create({ name: `user${at}` })));
    assert.equal((await ann.users.list()).users.length, 51);
  });

  test('closes once, and then refuses', async () => {
    const pending = ann.users.create({ name: 'bob' });
    const closing = door.close();
    assert.equal((await pending).name, 'bob', 'what was under way ends');
    await closing;
    await door.close();
    await assert.rejects(door.authenticate('0123456789abcdef'), code('storeClosed'));
    assert.equal(ann.can('admin'), false);
    assert.throws(() => ann.me, code('storeClosed'));
  });

  test('logs out', async () => {
    const { token } = ann;
    await ann.logOut();
    await assert.rejects(door.authenticate(token), code('unknownToken'));
    assert.equal(ann.can('admin'), false);
  });
});

describe('the README', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  let saved;
  before(() => (saved = globalThis.readmeStore));
  after(() => (globalThis.readmeStore = saved));

  test('its first example runs as it stands', async () => {
    const [, example] = /```js\n(import { open } from 'doorward';\nimport { indexedDB }[^]*?)```/.exec(readme);
    globalThis.readmeStore = memory();
    const code = example
      .replace(/import { indexedDB }.*\n/, 'const indexedDB = () => globalThis.readmeStore;\n')
      .replace("from 'doorward'", `from '${import.meta.resolve('doorward')}'`);
    const { slicer, door: opened } = await import(
      `data:text/javascript,${encodeURIComponent(`${code}\nexport { slicer, door };`)}`
    );
    assert.equal(slicer.can('printer.view'), true);
    assert.equal(slicer.can('printer.start'), false);
    assert.equal(slicer.explain('printer.start').by, 'token-scopes');
    await opened.close();
  });
});
