import type { Store } from 'doorward/contract';
import { DoorwardError } from 'doorward';
import { UsageError } from './problem.js';

export const defaultStore = 'lmdb:./doorward.lmdb';

/** What a `--store` URL asks for. */
export type StoreTarget =
  | { kind: 'memory' }
  | { kind: 'lmdb'; path: string }
  | { kind: 'postgres' | 'etcd'; url: string }
  | { kind: 'rest'; url: string }
  | { kind: 'server'; url: string };

const forms =
  '`memory:`, `lmdb:PATH`, `postgres://…`, `etcd://…`, `rest+http(s)://…` or the `http(s)://…` address of a Doorward server';

/** @throws UsageError where the URL is of no known form; it never repeats the URL, which may hold a password */
export function parseStore(text: string): StoreTarget {
  if (text === 'memory:') return { kind: 'memory' };
  if (text.startsWith('lmdb:')) {
    const path = text.slice('lmdb:'.length);
    if (path === '' || path.includes('\0'))
      throw new UsageError('the store `lmdb:` needs a path: `lmdb:./doorward.lmdb`');
    return { kind: 'lmdb', path };
  }
  if (/^postgres(?:ql)?:/.test(text)) return { kind: 'postgres', url: text };
  if (text.startsWith('etcd:')) return { kind: 'etcd', url: text };
  if (/^rest\+https?:/.test(text)) return { kind: 'rest', url: serverUrl(text.slice('rest+'.length)) };
  if (/^https?:/.test(text)) return { kind: 'server', url: serverUrl(text) };
  throw new UsageError(`the store has to be ${forms}`);
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

/** Opens the store a URL names. */
export async function openStore(target: Exclude<StoreTarget, { kind: 'server' }>): Promise<Store> {
  switch (target.kind) {
    case 'memory': {
      const { memory } = await import('doorward/stores/memory');
      return memory();
    }
    case 'lmdb': {
      const { lmdb } = await import('doorward/stores/lmdb');
      return lmdb(target.path);
    }
    case 'postgres': {
      const { postgres } = await import('doorward/stores/postgres');
      return postgres(target.url);
    }
    case 'etcd': {
      const { etcd } = await import('doorward/stores/etcd');
      return etcd(target.url);
    }
    case 'rest': {
      const { rest } = await import('doorward/stores/rest');
      return rest(target.url, { token: tokenOfEnvironment() });
    }
  }
}

/**
 * What a server asks for.
 * @throws DoorwardError `denied`
 */
export function tokenOfEnvironment(): string {
  const token = process.env['DOORWARD_TOKEN'];
  if (token !== undefined && token !== '') return token;
  throw new DoorwardError('denied', 'a server asks for a token: give one in DOORWARD_TOKEN', {
    details: { by: 'credential' },
  });
}
