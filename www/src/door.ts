import type { Door, Session } from 'doorward';

/** Where the rules run: on the server that serves this page, or in the page on a database of this browser. */
export type Mode = { readonly kind: 'server' } | { readonly kind: 'page'; readonly database: string };

const DEFAULT_DATABASE = 'doorward';

/** `?store=indexeddb` or `?store=indexeddb:NAME`; absent: the server. */
export function modeOf(search: string): Mode {
  const store = new URLSearchParams(search).get('store');
  if (store === null) return { kind: 'server' };
  const [kind, ...rest] = store.split(':');
  if (kind !== 'indexeddb') throw new Error(`this page cannot use the store \`${store}\`: write ?store=indexeddb`);
  return { kind: 'page', database: rest.join(':') || DEFAULT_DATABASE };
}

/** The mode in words, for the page's corner. */
export function modeLabel(mode: Mode): string {
  if (mode.kind === 'server') return 'On this server';
  return mode.database === DEFAULT_DATABASE ? 'In this browser' : `In this browser: ${mode.database}`;
}

/** How a session outlives a reload. */
export interface Memory {
  /** The session of an earlier visit, or null. */
  resume(): Promise<Session | null>;
  keep(session: Session, staySignedIn: boolean): void;
  forget(): void;
}

export interface Opened {
  door: Door;
  memory: Memory;
}

export async function openDoor(mode: Mode): Promise<Opened> {
  return mode.kind === 'server' ? openRemote() : openHere(mode.database);
}

async function openRemote(): Promise<Opened> {
  const { connect } = await import('doorward/remote');
  const door = await connect({ baseurl: '' });
  // The server's cookie is HttpOnly: no script of this page, ours or another's, ever holds the session's value.
  return { door, memory: { resume: () => door.resume(), keep: () => undefined, forget: () => undefined } };
}

async function openHere(database: string): Promise<Opened> {
  const [{ open, DoorwardError }, { indexedDB }] = await Promise.all([
    import('doorward'),
    import('doorward/stores/indexeddb'),
  ]);
  const door = await open({ store: indexedDB(database) });
  // A browser short of room may throw databases away unless it was asked not to. It may say no; the page works all the same.
  void navigator.storage?.persist?.().catch(() => false);
  const item = `doorward:session:${database}`;
  const forget = () => {
    for (const storage of storages()) storage.removeItem(item);
  };
  return {
    door,
    memory: {
      async resume() {
        const token = storages()
          .map((storage) => storage.getItem(item))
          .find((value) => value !== null);
        if (token === undefined || token === null) return null;
        try {
          return await door.authenticate(token);
        } catch (error) {
          // A token that is no good any more is forgotten; a store that fails is another matter.
          if (!DoorwardError.is(error) || !endsSession(error.code)) throw error;
          forget();
          return null;
        }
      },
      // No cookie without a server. The session goes with the tab unless the user asked for more: a reload keeps it,
      // closing the tab ends it on a shared machine.
      keep(session, staySignedIn) {
        forget();
        if (session.token === null) return;
        const [tab, browser] = storages();
        (staySignedIn ? browser : tab)?.setItem(item, session.token);
      },
      forget,
    },
  };
}

/** The tab's and the browser's; none where storage is forbidden. */
function storages(): Storage[] {
  try {
    return [sessionStorage, localStorage];
  } catch {
    return [];
  }
}

/** Codes after which the session is over, whatever was asked. */
export function endsSession(code: string): boolean {
  return ['unknownToken', 'expiredToken', 'invalidToken', 'accountDisabled'].includes(code);
}
