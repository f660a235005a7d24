// What the specification says beside its cases, over real HTTP: access tokens, installations, sites.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Shared, startWorld } from './vector-targets.mjs';
import { ask, isFault } from './vrm-ask.mjs';
import { start, vector } from './vrm-runner.mjs';

const shared = new Shared(start);
after(() => shared.close());

describe('VRM: access tokens', () => {
  test('in every spelling of whose they are', async (t) => {
    const target = await start(t);
    const create = (path, name) => ask(target, `POST ${path}`, { as: 'ann', body: { name } });
    for (const [at, path] of [
      '/users/7/accesstokens/create',
      '/users/me/accesstokens/create',
      '/users/007/accesstokens/create',
      '/users/7/accesstokens',
    ].entries())
      assert.equal((await create(path, `n${at}`)).json.success, true, path);
    for (const id of ['0', '-7', 'x', '%7BidUser%7D', '7.0', 'ME', '%20'])
      for (const line of [
        `POST /users/${id}/accesstokens/create`,
        `GET /users/${id}/accesstokens/*/revoke`,
        `GET /users/${id}/installations`,
      ])
        isFault(
          await ask(target, line, { as: 'ann', body: line.startsWith('POST') ? { name: 'x' } : undefined }),
          400,
          line,
        );
    for (const id of ['99999999999999999999999', '8', '12345'])
      isFault(await ask(target, `POST /users/${id}/accesstokens/create`, { as: 'root', body: { name: 'x' } }), 403, id);
    for (const id of ['8', 'x', '%7BidUser%7D', 'me', '0']) {
      const { tokens } = (await ask(target, `GET /users/${id}/accesstokens/list`, { as: 'ann' })).json;
      assert.deepEqual(
        tokens.map(({ name }) => name),
        ['n0', 'n1', 'n2', 'n3'],
        id,
      );
    }
    const { tokens } = (await ask(target, 'GET /users/7/accesstokens', { as: 'ann' })).json;
    const ids = tokens.map(({ idAccessToken }) => Number(idAccessToken));
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
    assert.ok(tokens.every(({ idAccessToken }) => /^\d+$/.test(idAccessToken)));
    const revoke = async (line) => (await ask(target, line, { as: 'ann' })).json.data?.removed;
    assert.equal(await revoke(`DELETE /users/me/accesstokens/${ids[0]}`), 1);
    assert.equal(await revoke(`GET /users/me/accesstokens/0${ids[1]}/revoke`), 1);
    assert.equal(await revoke('GET /users/7/accesstokens/99999999999999999999999/revoke'), 0);
    assert.equal(await revoke('GET /users/7/accesstokens/0/revoke'), 0);
    for (const bad of ['x', '-1', '1.5', '%2A%2A', 'all', '{id}'])
      isFault(await ask(target, `GET /users/7/accesstokens/${bad}/revoke`, { as: 'ann' }), 400, bad);
    assert.equal(await revoke('DELETE /users/7/accesstokens/%2a'), 2);
  });

  test('a name is exact and free again; a list says when a token was seen', async (t) => {
    const target = await start(t);
    const create = (body, as = 'ann') => ask(target, 'POST /users/me/accesstokens/create', { as, body });
    const first = await create({ name: 'T', expiry: null });
    for (const name of ['t', ' T', 'T ', 'Ť', 'x'.repeat(128)])
      assert.equal((await create({ name })).json.success, true, name);
    const again = await create({ name: 'T', expiry: Math.floor(Date.now() / 1000) + 60 });
    assert.deepEqual([again.status, again.json.success, typeof again.json.errors.name], [200, false, 'string']);
    const seen = async () =>
      (await ask(target, 'GET /users/me/accesstokens/list', { as: 'ann' })).json.tokens.find(
        ({ name }) => name === 'T',
      );
    assert.deepEqual([(await seen()).lastSeen, (await seen()).lastSuccessfulAuth], [null, null]);
    const as = `Token ${first.json.token}`;
    const me = (await ask(target, 'GET /users/me', { as })).json.user;
    assert.equal(me.idAccessToken, Number(first.json.idAccessToken));
    assert.ok(Math.abs((await seen()).lastSeen - Date.now() / 1000) < 60);
    // `*` takes the very token that asks.
    assert.equal((await ask(target, 'GET /users/me/accesstokens/*/revoke', { as })).json.data.removed, 6);
    isFault(await ask(target, 'GET /users/me', { as }), 401, 'revoked by itself');
    const later = await create({ name: 'T' });
    assert.ok(Number(later.json.idAccessToken) > Number(first.json.idAccessToken));
  });

  test('nobody else is ever touched, and other kinds of tokens neither', async (t) => {
    const key = 'a'.repeat(64);
    const limited = 'b'.repeat(64);
    const full = 'c'.repeat(64);
    const tokens = [
      { user: 'ann', kind: 'apikey', value: key },
      { user: 'ann', kind: 'access', value: limited, scopes: ['self.read'] },
      { user: 'ann', kind: 'access', value: full, scopes: ['vrm:FULL_ACCESS'], name: 'full' },
    ];
    const world = { ...vector.world, users: vector.world.users.filter(({ name }) => name !== 'tia'), tokens };
    const target = await startWorld(t, { policy: 'vrm', world });
    isFault(await ask(target, 'GET /users/me', { as: `Token ${key}` }), 401, 'an API key is none');
    isFault(await ask(target, 'GET /users/me', { as: `Token ${limited}` }), 401, 'it lacks the scope');
    assert.equal((await ask(target, 'GET /users/me', { as: `Token ${full}` })).json.user.id, 7);
    const child = (
      await ask(target, 'POST /users/7/accesstokens/create', { as: `Token ${full}`, body: { name: 'child' } })
    ).json;
    assert.equal((await ask(target, 'GET /users/me', { as: `Token ${child.token}` })).json.user.id, 7);
    const bobs = (await ask(target, 'POST /users/8/accesstokens/create', { as: 'bob', body: { name: 'child' } })).json;
    assert.equal(
      (await ask(target, `DELETE /users/me/accesstokens/${bobs.idAccessToken}`, { as: 'root' })).json.data.removed,
      0,
    );
    assert.equal((await ask(target, 'GET /users/7/accesstokens/*/revoke', { as: 'ann' })).json.data.removed, 3);
    assert.equal((await ask(target, 'GET /users/me', { as: `Token ${bobs.token}` })).json.user.id, 8);
    const { status } = await target.api('/me', { headers: { authorization: `Bearer ${key}` } });
    assert.equal(status, 200, 'the API key goes on working where it did');
  });
});

describe('VRM: installations and sites', () => {
  test('who sees whose', async () => {
    const target = await shared.get();
    const sites = async (as, path) => {
      const reply = await ask(target, `GET ${path}`, { as });
      return reply.status === 200 ? reply.json.records.map(({ idSite }) => idSite) : reply.status;
    };
    assert.deepEqual(await sites('root', '/users/7/installations'), [101, 102]);
    assert.deepEqual(await sites('root', '/users/1/installations'), []);
    assert.deepEqual(await sites('root', '/users/me/installations'), []);
    assert.equal(await sites('root', '/users/999/installations'), 404);
    assert.equal(await sites('root', '/users/99999999999999999999/installations'), 404);
    assert.equal(await sites('ann', '/users/999/installations'), 403);
    assert.equal(await sites('dee', '/users/999/installations'), 403);
    assert.deepEqual(await sites('dee', '/users/9/installations'), []);
    assert.deepEqual(await sites('dee', '/users/7/installations?extended=1&idSite=102'), [102]);
    for (const [query, ids] of [
      ['idSite=102&extended=0', [102]],
      ['idSite=999', []],
      ['idSite=-1', []],
      ['idSite=0102', [102]],
      ['extended=yes&x=1', [101, 102]],
      ['idSite=99999999999999999999', []],
    ])
      assert.deepEqual(await sites('ann', `/users/7/installations?${query}`), ids, query);
    for (const query of ['idSite=', 'idSite=1.5', 'idSite=a', 'idSite=1%202'])
      assert.equal(await sites('ann', `/users/7/installations?${query}`), 400, query);
  });

  test('a record shows what the requester is to it', async () => {
    const target = await shared.get();
    const record = async (as, path) => {
      const { records } = (await ask(target, `GET ${path}`, { as })).json;
      const { accessLevel, owner, is_admin } = records[0];
      return [accessLevel, owner, is_admin];
    };
    assert.deepEqual(await record('root', '/users/8/installations?idSite=103'), [1, false, true]);
    assert.deepEqual(await record('dee', '/users/7/installations?idSite=101'), [2, false, false]);
    assert.deepEqual(await record('bob', '/users/8/installations?idSite=102'), [1, true, false]);
    const permissions = async (as, path) => {
      const { records } = (await ask(target, `GET ${path}`, { as })).json;
      return Object.entries(records[0].view_permissions)
        .flatMap(([name, allowed]) => (allowed ? [name] : []))
        .sort();
    };
    const looking = ['exact_location', 'settings', 'twoway', 'vebus'];
    assert.deepEqual(await permissions('ann', '/users/7/installations?idSite=102&extended=1'), looking);
    const doing = [
      ...looking,
      'canAlterInstallation',
      'diagnostics',
      'mqtt_rpc',
      'share',
      'update_settings',
      'vnc',
    ].sort();
    assert.deepEqual(await permissions('ann', '/users/7/installations?idSite=101&extended=1'), doing);
    assert.deepEqual(await permissions('dee', '/users/7/installations?idSite=101&extended=1'), doing);
    const [extended] = (await ask(target, 'GET /users/7/installations?idSite=101&extended=1', { as: 'ann' })).json
      .records;
    const number = [...'c0619ab00101'].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 128;
    assert.ok(extended.mqtt_webhost.startsWith(`webmqtt${number}.`) && extended.mqtt_host.startsWith(`mqtt${number}.`));
    assert.equal(extended.images, false);
  });

  test('addsite and get-site-id, for the requester whatever the path says', async (t) => {
    const target = await start(t);
    const add = (as, id, path = '/users/7/addsite') =>
      ask(target, `POST ${path}`, { as, body: { installation_identifier: id } });
    isFault(await add('ann', 'c0619ab00101'), 409, 'hers');
    isFault(await add('ann', 'C0619AB00102'), 409, 'linked to look');
    isFault(await add('ann', 'c0619ab00103'), 403, 'of somebody else');
    isFault(await add('root', 'c0619ab00103'), 403, 'of somebody else, for administrators too');
    for (const id of [
      'ffffffffffff',
      'c0619ab0090',
      'c0619ab00901 ',
      'zzzzzzzzzzzz',
      'c0:61:9a:b0:09:01',
      'x'.repeat(3000),
    ])
      isFault(await add('ann', id), 404, id.slice(0, 20));
    const added = await add('ann', 'C0619AB00901', '/users/8/ADDSITE');
    assert.match(added.json.records.site_id, /^\d+$/);
    assert.equal(added.json.records.site_name, 'c0619ab00901');
    const [record] = (
      await ask(target, `GET /users/me/installations?idSite=${added.json.records.site_id}`, { as: 'ann' })
    ).json.records;
    assert.deepEqual(
      [record.identifier, record.owner, record.accessLevel, record.idUser, record.name],
      ['c0619ab00901', true, 1, 7, 'c0619ab00901'],
    );
    isFault(await add('bob', 'c0619ab00901'), 403, 'claimed meanwhile');
    const find = async (as, id, path = '/users/7/get-site-id') =>
      (await ask(target, `POST ${path}`, { as, body: { installation_identifier: id } })).json;
    assert.equal(
      Number((await find('ann', 'C0619AB00901', '/users/%7BidUser%7D/get-site-id')).records.site_id),
      Number(added.json.records.site_id),
    );
    assert.deepEqual(
      await find('ann', 'c0619ab00103'),
      await find('ann', 'ffffffffffff'),
      'whether there is one is not told',
    );
    assert.equal(typeof (await find('dee', 'c0619ab00101')).errors, 'string', 'a dealer has only his own');
    assert.equal(typeof (await find('root', 'c0619ab00902')).errors, 'string', 'a gateway is no site');
    const race = await Promise.all(
      Array.from({ length: 6 }, (_, at) => add(at % 2 === 0 ? 'ann' : 'bob', 'c0619ab00902')),
    );
    assert.equal(race.filter(({ status }) => status === 200).length, 1);
    assert.ok(race.every(({ status }) => [200, 403, 409].includes(status)));
  });

  test('data of the host are shown where they are of the type', async (t) => {
    const data = {
      pvMax: 5,
      timezone: 'Europe/Amsterdam',
      timezone_offset: 3600,
      hasMains: 1,
      tags: [{ idTag: 1, name: 'x', automatic: true, source: 'user' }],
      alarm: 'yes',
      notes: 5,
      phonenumber: '+31',
    };
    const world = {
      users: [{ id: 1, name: 'root', email: 'root@example.org', password: 'password of root', admin: true }],
      resources: {
        site: [
          { id: 5, name: 'S', identifier: 'C0619AB00101', owner: 'root', data },
          { id: 10, name: 'T' },
          { id: 'x', owner: 'root' },
        ],
      },
      links: [{ user: 'root', kind: 'site', id: 10, level: 9 }],
    };
    const target = await startWorld(t, { policy: 'vrm', world });
    const { records } = (await ask(target, 'GET /users/1/installations?extended=1', { as: 'root' })).json;
    assert.deepEqual(
      records.map(({ idSite, accessLevel, idUser }) => [idSite, accessLevel, idUser]),
      [
        [5, 1, 1],
        [10, 0, 0],
      ],
    );
    const { pvMax, timezone, hasMains, tags, alarm, notes, phonenumber, identifier, timezone_offset, syscreated } =
      records[0];
    assert.deepEqual(
      { pvMax, timezone, hasMains, tags, alarm, notes, phonenumber, identifier, timezone_offset },
      {
        pvMax: 5,
        timezone: 'Europe/Amsterdam',
        hasMains: 1,
        tags: data.tags,
        alarm: false,
        notes: null,
        phonenumber: '+31',
        identifier: 'c0619ab00101',
        timezone_offset: 3600,
      },
    );
    assert.ok(Math.abs(syscreated - Date.now() / 1000) < 60);
  });
});
