import { type Door, DoorwardError, type PolicyName, type Session } from 'doorward';
import { openLocal, type LocalSession } from 'doorward/faces';
import type { Store } from 'doorward/contract';
import type { Command } from 'commander';
import { makeOutput, type Output } from './output.js';
import { parseSettings } from './settings.js';
import { openStore, parseStore, tokenOfEnvironment } from './stores.js';

/** Options every command takes. */
export interface Globals {
  store: string;
  policy: PolicyName;
  set: string[];
  json?: boolean;
}

/** What a command gets to work with. */
export interface Work<S, O> {
  door: Door;
  session: S;
  args: string[];
  options: O & Globals;
  out: Output;
}

/** The embedded store of the options, opened as the owner of the machine. */
export async function openEmbedded(options: Globals): Promise<{ door: Door; session: LocalSession; store: Store }> {
  const { policy, faces } = parseSettings(options.policy, options.set);
  const target = parseStore(options.store);
  if (target.kind === 'server') {
    throw new DoorwardError('unsupported', 'this command needs the store itself, not the address of a server');
  }
  const store = await openStore(target);
  try {
    return { ...(await openLocal({ store, policy, faces })), store };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openRemote(url: string): Promise<{ door: Door; session: Session }> {
  const token = tokenOfEnvironment();
  const { connect } = await import('doorward/remote');
  const door = await connect({ baseurl: url, token });
  return { door, session: await door.authenticate(token) };
}

function context<O>(command: Command): { args: string[]; options: O & Globals; out: Output } {
  const options = command.optsWithGlobals<O & Globals>();
  return { args: command.processedArgs as string[], options, out: makeOutput(options.json === true) };
}

/** The action of a command that works on a store or through a server. */
export function withSession<O = object>(work: (work: Work<Session, O>) => Promise<void>) {
  return async function (this: Command): Promise<void> {
    const given = context<O>(this);
    const target = parseStore(given.options.store);
    const opened = target.kind === 'server' ? await openRemote(target.url) : await openEmbedded(given.options);
    try {
      await work({ ...given, ...opened });
    } finally {
      await opened.door.close();
    }
  };
}

/**
 * The action of a command that works on an embedded store only. `check` looks at the options before the store is opened,
 * which may create it.
 */
export function withStore<O = object>(
  work: (work: Work<LocalSession, O> & { store: Store }) => Promise<void>,
  check: (options: O & Globals) => void = () => undefined,
) {
  return async function (this: Command): Promise<void> {
    const given = context<O>(this);
    check(given.options);
    const opened = await openEmbedded(given.options);
    try {
      await work({ ...given, ...opened });
    } finally {
      await opened.door.close();
    }
  };
}
