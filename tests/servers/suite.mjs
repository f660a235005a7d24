/** What every store of a server has to pass: the contract suite in one process and between two, and the model. */
import { fork } from 'node:child_process';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { testStore } from 'doorward/testing';
import { checkAgainstModel } from '../node/stores-model.mjs';
import { remoteStores } from '../node/stores-remote.mjs';
import { openStore } from './open.mjs';

/**
 * @param {string} name of the adapter
 * @param {string} url of a server
 * @param {number} runs of the model
 */
export function testServerStore(name, url, runs) {
  const child = fork(new URL('child.mjs', import.meta.url), ['lend', url]);
  after(() => child.kill());
  const lent = remoteStores({ send: (message) => child.send(message), listen: (heard) => child.on('message', heard) });
  const opened = new Set();
  /** Connected before it is given: what a watch on it then misses, it would have to hear. */
  const open = async (dataset) => {
    const store = openStore(url, dataset);
    await store.read([]);
    return store;
  };
  /** The first handle on some data is here, every other one in the other process. */
  const openBetween = async (dataset) => {
    if (opened.has(dataset)) return (await lent)(dataset);
    opened.add(dataset);
    return open(dataset);
  };
  testStore(`${name} in one process`, open, { test });
  testStore(`${name} between two processes`, openBetween, { test });
  test(`${name}: random commits and reads agree with the model`, () => checkAgainstModel(fc, openBetween, runs));
}
