// The runners of the conformance vectors are tools that can be wrong, too: patterns, variables and steps, on a server
// of a few lines.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { runSteps } from './vector-http.mjs';
import { fill, mismatch, vocabulary } from './vector-match.mjs';
import { readVector } from './vector-targets.mjs';

const fits = [
  ['a', 'a'],
  [{ a: 1 }, { a: 1, b: 2 }],
  [
    [1, '<any>'],
    [1, null],
  ],
  ['<absent>', undefined],
  [{ a: '<absent>' }, {}],
  ['<string|null>', null],
  ['<absent|text>', 'x'],
  ['<uuid>', '11111111-1111-4111-8111-111111111111'],
  ['<datetime>', '2018-05-23T12:33:35.007'],
  [{ '<exactly>': { a: '<any>' } }, { a: 1 }],
  [{ '<set>': [{ a: 1 }, { a: 2 }] }, [{ a: 2 }, { a: 1 }]],
  [{ '<has>': [1] }, [2, 1]],
  [{ '<each>': '<integer>' }, [1, 2]],
  [{ '<length>': { '<atLeast>': 2 } }, [1, 2]],
  [{ '<number>': 101 }, '101'],
  [{ '<not>': { a: '<any>' } }, { b: 1 }],
  [{ '<noKey>': 'SALT' }, [{ a: { b: 1 } }]],
  [{ '<nowhere>': ['secret'] }, { a: 'b' }],
  [{ '<equals>': { a: [1] } }, { a: [1] }],
];

const misfits = [
  ['a', 'b'],
  ['1', 1],
  [{ a: 1 }, {}],
  [[1], [1, 2]],
  ['<any>', undefined],
  ['<absent>', null],
  ['<text>', ''],
  ['<digits>', 5],
  ['<uuid>', '{11111111-1111-4111-8111-111111111111}'],
  ['<datetime>', '2018-05-23T12:33:35.007Z'],
  [{ '<exactly>': { a: '<any>' } }, { a: 1, b: 1 }],
  [{ '<exactly>': { a: '<any>', b: '<any>' } }, { a: 1 }],
  [{ '<set>': [{ a: 1 }, { a: 1 }] }, [{ a: 1 }, { a: 2 }]],
  [{ '<has>': [3] }, [2, 1]],
  [{ '<each>': '<integer>' }, [1, '2']],
  [{ '<length>': 1 }, []],
  [{ '<number>': 0 }, null],
  [{ '<number>': 0 }, ''],
  [{ '<not>': 1 }, 1],
  [{ '<noKey>': 'SALT' }, [{ a: { mySalt: 1 } }]],
  [{ '<nowhere>': ['secret'] }, { a: ['my secret'] }],
  [{ '<equals>': { a: [1] } }, { a: [1], b: 1 }],
  [{ '<ms>': { from: 0, within: 10 } }, Date.now() - 1000],
];

test('what fits and what does not', () => {
  for (const [pattern, value] of fits) assert.equal(mismatch(pattern, value), undefined, JSON.stringify(pattern));
  for (const [pattern, value] of misfits) assert.ok(mismatch(pattern, value), JSON.stringify(pattern));
  assert.throws(() => mismatch('<nonsense>', 1), /no placeholder/);
  assert.throws(() => mismatch({ '<nonsense>': 1 }, 1), /no operator/);
});

test('variables keep their type where they stand alone', () => {
  const variables = { a: 1, b: ['${a}'] };
  assert.deepEqual(fill({ x: '${a}', y: 'u${a}${a}', z: '${b}', '${a}': 1 }, variables), {
    x: 1,
    y: 'u11',
    z: [1],
    '${a}': 1,
  });
  assert.throws(() => fill('${c}', variables), /nothing has set/);
});

/** Answers with what it got. */
async function echo(t) {
  let count = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      count += 1;
      const busy = request.url === '/flood' && count % 4 === 0;
      response.writeHead(busy ? 429 : 200, { 'content-type': 'application/json', ...(busy && { 'retry-after': '0' }) });
      const { method, url, rawHeaders: headers } = request;
      response.end(url === '/empty' ? '' : JSON.stringify({ method, url, headers, body, count }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const base = `http://127.0.0.1:${server.address().port}`;
  return (steps, variables = {}) => runSteps(steps, { base, header: 'X-Auth', variables });
}

test('a request is sent as the step says', async (t) => {
  const steps = await echo(t);
  const variables = { n: 7 };
  await steps(
    [
      { do: 'GET /a/${n}', as: 'Bearer ${n}', status: 200, reply: { url: '/a/7', headers: { '<has>': ['Bearer 7'] } } },
      { do: 'POST /b', send: { n: '${n}' }, reply: { body: '{"n":7}', headers: { '<has>': ['Content-Type'] } } },
      { do: 'POST /b', send: {}, headers: { 'content-type': null }, reply: { headers: { '<nowhere>': ['ype'] } } },
      { do: 'GET /c', headers: { 'X-UPPER': '${n}' }, reply: { headers: { '<has>': ['X-UPPER', '7'] } } },
      { do: ['PUT /d', 'PUT /e'], times: 2, reply: { method: 'PUT' }, keep: { count: '/count', whole: '' } },
      { check: '${count}', is: 8 },
      { check: '${whole}', is: { url: '/e' } },
      { do: 'GET /empty', reply: '<empty>', replyHeaders: { 'content-type': { '<begins>': 'application/json' } } },
      { let: { soon: { '<ms>': 5000 }, plain: { a: 1 } } },
      { check: '${soon}', is: { '<ms>': { from: 5000, within: 1000 } } },
      { check: '${plain}', is: { a: 1 } },
    ],
    variables,
  );
});

test('a step that is not met fails and says where', async (t) => {
  const steps = await echo(t);
  await assert.rejects(steps([{ do: 'GET /a', status: 404 }]), /step 1, GET \/a: .*status: is not 404/s);
  await assert.rejects(steps([{ do: 'GET /a', status: '4xx' }]), /status/);
  await assert.rejects(steps([{ do: 'GET /a', reply: { url: '/b' } }]), /at url: is not "\/b"/);
  await assert.rejects(steps([{ do: 'GET /a', keep: { x: '/nothing' } }]), /\/nothing/);
});

test('a flood wants both those that pass and those that do not', async (t) => {
  const steps = await echo(t);
  const step = {
    flood: 'GET /flood',
    times: 20,
    refused: { status: 429, reply: {}, replyHeaders: { 'retry-after': '<digits>' }, waitFor: 'retry-after' },
    status: [200, 429],
  };
  await steps([step]);
  await assert.rejects(steps([{ ...step, flood: 'GET /other' }]), /replies with status 429/);
});

/** Every string and key of a value. */
function* words(value) {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const part of value) yield* words(part);
  else if (typeof value === 'object' && value !== null)
    for (const [key, part] of Object.entries(value)) {
      if (Object.keys(value).length === 1 && /^<\w+>$/.test(key)) yield key;
      yield* words(part);
    }
}

/** What a case sets for itself, and what a server of its own has. */
function settable({ given, logins = {}, states = {} }, steps) {
  const all = [...steps, ...Object.values(states).flatMap((state) => state.steps)];
  const set = all.flatMap((step) => Object.keys({ ...step.let, ...step.keep }));
  return new Set([...Object.keys(given), ...Object.keys(logins), ...set, 'tia secret']);
}

for (const [face, count] of [
  ['devicehive', 95],
  ['vrm', 61],
  ['nymea', 135],
])
  test(`the cases of ${face}: all of them, told apart, with words that there are`, () => {
    const vector = readVector(face);
    assert.equal(new Set(vector.cases.map((one) => one.id)).size, count);
    for (const { id, title, steps } of [...vector.cases, { id: 'given', title: 'given', steps: [vector.given] }]) {
      assert.ok(title !== '' && steps.length > 0, id);
      const known = settable(vector, steps);
      for (const word of words(steps)) {
        for (const [, name] of word.matchAll(/\$\{([^{}]+)\}/g)) assert.ok(known.has(name), `${id}: \${${name}}`);
        const inside = /^<([\w|]+)>$/.exec(word)?.[1] ?? '';
        for (const name of inside.split('|').filter(Boolean)) assert.ok(vocabulary.has(name), `${id}: <${name}>`);
      }
    }
  });
