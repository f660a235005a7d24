import { open } from 'doorward';
import { memory } from 'doorward/stores/memory';

const door = await open({ store: memory() });
const session = await door.setUp({ name: 'worker', password: 'correct horse battery' });
postMessage({ name: session.me.name, admin: session.me.admin });
