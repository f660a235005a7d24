/** A program beside the admin page that uses the same accounts. */
import { open } from 'doorward';
import { indexedDB } from 'doorward/stores/indexeddb';

globalThis.stranger = { open, indexedDB };
