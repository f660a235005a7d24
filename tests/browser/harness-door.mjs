// Runs in the page: the package, as a consumer's bundle has it.
import { open } from 'doorward';
import { indexedDB } from 'doorward/stores/indexeddb';

const policy = { preset: 'doorward', hashMemory: 64, hashPasses: 1 };

globalThis.open = (name) => open({ store: indexedDB(name), policy, scopes: [{ name: 'printer.start' }] });
