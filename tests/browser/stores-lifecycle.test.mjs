// What a browser can do to an open database: upgrade and delete it from another tab, take it away, run out of quota.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bundle, launch, serve } from './harness.mjs';

let files;
let browser;
let server;
let context;
let page;
let other;

before(async () => {
  files = await bundle(new URL('harness-stores.mjs', import.meta.url));
  server = await serve(files);
  browser = await launch();
  context = await browser.newContext();
  [page, other] = [await openPage(), await openPage()];
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function openPage(url = server.url) {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => globalThis.harness !== undefined);
  await page.evaluate(() => {
    const { store } = globalThis.harness;
    globalThis.open = (name) => (globalThis[name] = store(name));
    globalThis.set = (name, key, value = '1') =>
      globalThis[name].commit({ checks: [], mutations: [{ set: key, value }] }).then(
        ({ ok }) => ok,
        (error) => `${error.name} ${error.code}`,
      );
    globalThis.keys = (name) =>
      globalThis[name].read([{ prefix: [] }]).then(
        ({ ranges }) => ranges[0].map(({ key }) => key.join(' ')),
        (error) => `${error.name} ${error.code}`,
      );
    globalThis.raw = (name, version) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open(name, version);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
        request.onblocked = () => reject(new Error('blocked'));
      });
  });
  return page;
}

test('another tab can delete the database at once, and the store goes on with a new one', async () => {
  await page.evaluate(() => (open('deleted'), set('deleted', ['a'])));
  const outcome = await other.evaluate(
    () =>
      new Promise((resolve) => {
        const request = indexedDB.deleteDatabase('deleted');
        request.onsuccess = () => resolve('deleted');
        request.onblocked = () => resolve('blocked');
      }),
  );
  assert.equal(outcome, 'deleted');
  assert.deepEqual(await page.evaluate(() => keys('deleted')), []);
  assert.equal(await page.evaluate(() => set('deleted', ['b'])), true);
});

test('a database upgraded by a newer page is storeTooNew, and was not held back', async () => {
  await page.evaluate(() => (open('upgraded'), set('upgraded', ['a'])));
  await other.evaluate(() => raw('upgraded', 2).then((database) => database.close()));
  assert.equal(await page.evaluate(() => keys('upgraded')), 'DoorwardError storeTooNew');
  assert.equal(await page.evaluate(() => set('upgraded', ['b'])), 'DoorwardError storeTooNew');
  await page.evaluate(() => globalThis.upgraded.close());
});

test('commits that run while another tab asks for an upgrade are finished', async () => {
  await page.evaluate(() => (open('busy'), set('busy', ['a'])));
  const committing = page.evaluate(() => {
    const commits = Array.from({ length: 30 }, (_, at) => set('busy', [String(at)]));
    globalThis.started = true;
    return Promise.all(commits);
  });
  await page.waitForFunction(() => globalThis.started);
  await other.evaluate(() => raw('busy', 2).then((database) => (globalThis.upgrading = database)));
  const results = await committing;
  const written = results.filter((result) => result === true).length;
  assert.ok(
    results.every((result) => result === true || result === 'DoorwardError storeTooNew'),
    String(results),
  );
  const count = await other.evaluate(
    () =>
      new Promise((resolve) => {
        const request = globalThis.upgrading.transaction('entries').objectStore('entries').count();
        request.onsuccess = () => resolve(request.result);
      }),
  );
  // The first key and the count of commits are there too.
  assert.equal(count, written + 2);
});

test('a database taken away by the browser is opened anew by the next call', async () => {
  await page.evaluate(() => (open('cleared'), set('cleared', ['a'])));
  const devtools = await context.newCDPSession(page);
  await devtools.send('Storage.clearDataForOrigin', { origin: new URL(server.url).origin, storageTypes: 'indexeddb' });
  assert.equal(await page.evaluate(() => set('cleared', ['b'])), true);
  assert.deepEqual(await page.evaluate(() => keys('cleared')), ['b']);
  await devtools.send('Storage.clearDataForOrigin', { origin: new URL(server.url).origin, storageTypes: 'indexeddb' });
  assert.deepEqual(await page.evaluate(() => keys('cleared')), []);
});

test('reads go on while the browser takes the database away', async () => {
  const devtools = await context.newCDPSession(page);
  const reading = page.evaluate(async () => {
    open('torn');
    globalThis.stop = false;
    const outcomes = new Map();
    const read = async () => {
      while (!globalThis.stop) {
        const outcome = JSON.stringify(await keys('torn'));
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, read));
    return [...outcomes.keys()];
  });
  for (let round = 0; round < 10; round += 1) {
    await devtools.send('Storage.clearDataForOrigin', {
      origin: new URL(server.url).origin,
      storageTypes: 'indexeddb',
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await page.evaluate(() => (globalThis.stop = true));
  assert.deepEqual(await reading, ['[]']);
});

test('a tab that did not hear of the commits of another counts and checks as if it had', async () => {
  const write = (name, key, version) =>
    globalThis[name].commit({ checks: [{ key, version }], mutations: [{ set: key, value: '1' }] });
  for (const tab of [page, other]) await tab.evaluate(`globalThis.write = ${write}`);
  const first = await page.evaluate(() => (open('unheard'), write('unheard', ['a'], null)));
  const silent = await other.evaluate(async () => {
    const { postMessage } = BroadcastChannel.prototype;
    BroadcastChannel.prototype.postMessage = () => undefined;
    try {
      open('unheard');
      const versions = [];
      for (const key of ['b', 'c', 'd']) versions.push((await write('unheard', [key], null)).version);
      return versions;
    } finally {
      BroadcastChannel.prototype.postMessage = postMessage;
    }
  });
  // What it takes for the last commit is not, although its check holds; then a check that does not hold.
  const results = await page.evaluate(async () => [
    await write('unheard', ['e'], null),
    await write('unheard', ['b'], null),
    await write('unheard', ['f'], null),
  ]);
  const versions = [first.version, ...silent, results[0].version, results[2].version].map(Number);
  assert.deepEqual(
    versions,
    versions.map((_, at) => versions[0] + at),
    'each commit has a number of its own',
  );
  assert.deepEqual(results[1], { ok: false, conflicts: [['b']] });
  const stored = await page.evaluate(async () =>
    (await globalThis.unheard.read([{ prefix: [] }])).ranges[0].map(({ key, version }) => [key[0], Number(version)]),
  );
  assert.deepEqual(
    stored,
    ['a', 'b', 'c', 'd', 'e', 'f'].map((key, at) => [key, versions[at]]),
  );
});

test('a full quota is storeFull, for the commits that are too large alone, and changes nothing', async (t) => {
  const quotaSize = 2_000_000;
  const attempt = async () => {
    // An origin of its own: the browser remembers for a while how much room an origin had.
    const elsewhere = await serve(files);
    t.after(() => elsewhere.close());
    const page = await openPage(elsewhere.url);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(elsewhere.url).origin, quotaSize });
    const results = await page.evaluate(async () => {
      open('full');
      const before = await set('full', ['a']);
      // The browser packs what repeats itself: only chance fills a quota.
      const chance = () => Math.random().toString(36).slice(2, 12);
      const large = JSON.stringify(Array.from({ length: 50_000 }, chance).join('').slice(0, 400_000));
      const mutations = Array.from({ length: 12 }, (_, at) => ({ set: ['large', String(at)], value: large }));
      const commit = globalThis.full.commit({ checks: [], mutations }).then(
        ({ ok }) => ok,
        (error) => `${error.name} ${error.code}`,
      );
      return Promise.all([before, set('full', ['b']), commit, set('full', ['c'])]);
    });
    const { usage } = await page.evaluate(() => navigator.storage.estimate());
    return { results, usage, keys: () => page.evaluate(() => keys('full')) };
  };
  // Chromium sometimes goes on counting what it wrote of the aborted transaction: then nothing at all fits any more, and
  // the attempt says nothing of the small commits.
  for (let left = 30; left > 0; left -= 1) {
    const { results, usage, keys } = await attempt();
    const [a, b, large, c] = results;
    assert.deepEqual([a, large], [true, 'DoorwardError storeFull']);
    if (usage > quotaSize) {
      for (const small of [b, c]) assert.ok(small === true || small === 'DoorwardError storeFull', String(small));
      assert.deepEqual(await keys(), ['a', ...(b === true ? ['b'] : []), ...(c === true ? ['c'] : [])]);
      continue;
    }
    assert.deepEqual(results, [true, true, 'DoorwardError storeFull', true]);
    assert.deepEqual(await keys(), ['a', 'b', 'c']);
    return;
  }
  assert.fail('the browser counted what was aborted every time');
});

test('the database of another program, and records that are none, are storeCorrupt', async () => {
  await page.evaluate(() => raw('foreign', 1).then((database) => database.close()));
  assert.equal(await page.evaluate(() => (open('foreign'), keys('foreign'))), 'DoorwardError storeCorrupt');
  assert.equal(await page.evaluate(() => set('foreign', ['a'])), 'DoorwardError storeCorrupt');
  await page.evaluate(async () => {
    open('damaged');
    await set('damaged', ['a']);
    const database = await raw('damaged');
    const transaction = database.transaction('entries', 'readwrite');
    transaction.objectStore('entries').put('no record', new Uint8Array([0x61, 0]));
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    database.close();
  });
  assert.equal(await page.evaluate(() => keys('damaged')), 'DoorwardError storeCorrupt');
  const checked = await page.evaluate(() =>
    globalThis.damaged.commit({ checks: [{ key: ['a'], version: null }], mutations: [] }).catch(({ code }) => code),
  );
  assert.equal(checked, 'storeCorrupt');
  assert.equal(await page.evaluate(() => set('damaged', ['a'])), true);
  assert.deepEqual(await page.evaluate(() => keys('damaged')), ['a']);
});

test('commits of other tabs are told in their order, also where the messages come in another', async () => {
  const told = await page.evaluate(async () => {
    const told = [];
    open('ordered').watch([[]], (changes) => told.push(changes[0].key[0]));
    const channel = new BroadcastChannel('doorward:ordered');
    const tell = (commit) => {
      const key = [String(commit)];
      channel.postMessage({ commit, changes: [{ at: `${commit}\0`, key, value: '1', version: String(commit) }] });
    };
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    for (const commit of [1, 3, 4, 2, 5]) tell(commit);
    await pause(100);
    const inOrder = told.join(' ');
    // Commit 6 never comes: its tab has gone. What follows is told all the same, a little later.
    for (const commit of [8, 7]) tell(commit);
    await pause(100);
    const waiting = told.join(' ');
    await pause(400);
    for (const commit of [6, 9]) tell(commit);
    await pause(100);
    return [inOrder, waiting, told.join(' ')];
  });
  assert.deepEqual(told, ['1 2 3 4 5', '1 2 3 4 5', '1 2 3 4 5 7 8 6 9']);
});

test('a reverse range reads the same without getAllRecords', async () => {
  const [fast, slow] = await page.evaluate(async () => {
    open('backwards');
    for (const key of ['a', 'b', 'c', 'd']) await set('backwards', [key]);
    const ranges = [
      { prefix: [], reverse: true },
      { prefix: [], reverse: true, after: ['d'], limit: 2 },
    ];
    const fast = await globalThis.backwards.read(ranges);
    delete IDBObjectStore.prototype.getAllRecords;
    return [fast, await globalThis.backwards.read(ranges)];
  });
  assert.deepEqual(
    fast.ranges.map((entries) => entries.map(({ key }) => key[0])),
    [
      ['d', 'c', 'b', 'a'],
      ['c', 'b'],
    ],
  );
  assert.deepEqual(slow, fast);
});

test('an origin without storage is refused with a code', async () => {
  const outcome = await page.evaluate(
    async (html) => {
      const frame = document.createElement('iframe');
      frame.sandbox = 'allow-scripts';
      frame.srcdoc = html;
      const answer = new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data)));
      document.body.append(frame);
      return answer;
    },
    `<script type="module">
    import '${server.url}entry.js';
    const store = globalThis.harness.store('sandboxed');
    store.read([]).catch((error) => parent.postMessage(error.code, '*'));
  </script>`,
  );
  assert.equal(outcome, 'storeFailed');
});
