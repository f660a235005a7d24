import { DoorwardError } from 'doorward';
import type { Store } from 'doorward/contract';
import { UsageError } from './problem.js';

export const defaultStore = 'lmdb:./doorward.lmdb';

/** What a `--store` URL asks for. */
export type StoreTarget = { kind: 'memory' } | { kind: 'lmdb'; path: string } | { kind: 'server'; url: string };

const later = /^(rest\+https?|postgres|postgresql|etcd):/;

/**
 * @throws UsageError where the URL is of no known form; DoorwardError `unsupported` for stores of later releases
 */
export function parseStore(text: string): StoreTarget {
  if (text === 'memory:') return { kind: 'memory' };
  if (text.startsWith('lmdb:')) {
    const path = text.slice('lmdb:'.length);
    if (path === '' || path.includes('\0'))
      throw new UsageError('the store `lmdb:` needs a path: `lmdb:./doorward.lmdb`');
    return { kind: 'lmdb', path };
  }
  if (/^https?:/.test(text)) return { kind: 'server', url: serverUrl(text) };
  const scheme = later.exec(text)?.[1];
  if (scheme !== undefined) {
    throw new DoorwardError('unsupported', `the store \`${scheme}:\` comes with a later release`, {
      details: { scheme },
    });
  }
  throw new UsageError('the store has to be `memory:`, `lmdb:PATH` or the `http://…` address of a Doorward server');
}

function serverUrl(text: string): string {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError('the address of the server is malformed');
  }
  // A credential in an address ends up in shell histories and logs.
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('the address of the server must not hold a password: give a token in DOORWARD_TOKEN');
  }
  if (url.search !== '' || url.hash !== '') throw new UsageError('the address of the server must not hold a query');
  return url.href.replace(/\/$/, '');
}

/** Opens the embedded store a URL names. */
export async function openStore(target: Exclude<StoreTarget, { kind: 'server' }>): Promise<Store> {
  if (target.kind === 'memory') {
    const { memory } = await import('doorward/stores/memory');
    return memory();
  }
  const { lmdb } = await import('doorward/stores/lmdb');
  return lmdb(target.path);
}
