// Runs in the page: the client, and a door of its own to speak to.
import { open } from 'doorward/faces';
import { connect } from 'doorward/nymea';
import { memory } from 'doorward/stores/memory';

globalThis.connectTo = connect;
globalThis.openDoor = () => open({ store: memory(), policy: { preset: 'nymea', hashMemory: 64, hashPasses: 1 } });
