// The page of the IndexedDB tests. Two of them are open on one origin: one runs the suite, the other lends it the second
// handles, so that every race is one between two tabs.
import * as fc from 'fast-check';
import { indexedDB as store } from 'doorward/stores/indexeddb';
import { faulty, storeCases } from 'doorward/testing';
import { checkAgainstModel } from '../node/stores-model.mjs';
import { remoteStores, serveStores } from '../node/stores-remote.mjs';

const line = (name) => {
  const channel = new BroadcastChannel(name);
  return {
    send: (message) => channel.postMessage(message),
    listen: (heard) => (channel.onmessage = ({ data }) => heard(data)),
  };
};

let lend;
const opened = new Set();

/** The first handle on some data is here, every other one in the page that lends. */
const open = (dataset) => {
  if (opened.has(dataset)) return lend(dataset);
  opened.add(dataset);
  return store(dataset, { durability: 'relaxed' });
};

globalThis.harness = {
  store,
  faulty,
  caseNames: storeCases.map(({ name }) => name),
  lendStores: () => serveStores((dataset) => store(dataset, { durability: 'relaxed' }), line('suite')),
  borrowStores: () => (lend = remoteStores(line('suite'))).then((open) => void (lend = open)),
  async runCase(index) {
    try {
      return (await storeCases[index].run(open)) ?? { passed: true };
    } catch (error) {
      return { failed: `${error.message}\n${error.stack}` };
    }
  },
  checkAgainstModel: (runs) => checkAgainstModel(fc, open, runs),
};
