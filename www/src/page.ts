import type { Door, Session } from 'doorward';
import { endsSession, openDoor, type Memory, type Mode } from './door.ts';
import { codeOf } from './words.ts';

/** The key of the group that makes administrators. */
export const ADMINS = 'admins';

export type Tone = 'ok' | 'error' | 'info';

export interface PageEvents {
  /** The session came or went. */
  session: undefined;
  /** A message for the status line. */
  say: { text: string; tone: Tone };
  /** The server answers, or no longer does. */
  reach: undefined;
}

/** What all parts of the page share: the door, the session, and the way to the status line. */
class Page extends EventTarget {
  mode!: Mode;
  door!: Door;
  current: Session | null = null;
  /** Why the last session ended, where it was not the user's wish. */
  ended = '';
  unreachable = false;
  #memory!: Memory;

  /** @throws what opening the store or reaching the server throws */
  async open(mode: Mode): Promise<void> {
    this.mode = mode;
    const { door, memory } = await openDoor(mode);
    this.door = door;
    this.#memory = memory;
    this.current = door.needsSetup ? null : await memory.resume();
  }

  /** The session; only views behind the log-in ask for it. */
  get session(): Session {
    if (this.current === null) throw new Error('nobody is signed in');
    return this.current;
  }

  get signedIn(): boolean {
    return this.current !== null;
  }

  signIn(session: Session, staySignedIn: boolean): void {
    this.#memory.keep(session, staySignedIn);
    this.ended = '';
    this.current = session;
    this.emit('session', undefined);
  }

  async signOut(): Promise<void> {
    const session = this.current;
    try {
      await session?.logOut();
    } catch (error) {
      // Already over is as good; any other failure leaves the token alive, so the user must hear of it.
      if (!endsSession(codeOf(error))) throw error;
    }
    this.#leave('');
  }

  /** Sorts out what concerns the whole page. True: the session is over and the caller need not show anything. */
  concerns(error: unknown): boolean {
    const code = codeOf(error);
    const unreachable = code === 'offline';
    if (unreachable !== this.unreachable) {
      this.unreachable = unreachable;
      this.emit('reach', undefined);
    }
    if (this.current === null || !endsSession(code)) return false;
    this.#leave(code === 'accountDisabled' ? 'Your account was locked or disabled.' : 'Your session has ended.');
    return true;
  }

  /** Called after whatever the server answered. */
  reached(): void {
    if (!this.unreachable) return;
    this.unreachable = false;
    this.emit('reach', undefined);
  }

  say(text: string, tone: Tone = 'ok'): void {
    this.emit('say', { text, tone });
  }

  on<E extends keyof PageEvents>(event: E, handler: (detail: PageEvents[E]) => void): () => void {
    const listener = (e: Event) => handler((e as CustomEvent<PageEvents[E]>).detail);
    this.addEventListener(event, listener);
    return () => this.removeEventListener(event, listener);
  }

  private emit<E extends keyof PageEvents>(event: E, detail: PageEvents[E]): void {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }

  #leave(why: string): void {
    this.#memory.forget();
    this.current?.close();
    this.current = null;
    this.ended = why;
    this.emit('session', undefined);
  }
}

export const page = new Page();
