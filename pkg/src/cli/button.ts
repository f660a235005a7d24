/** The button of the nymea face, as another process of the same user presses it: a socket of this machine alone. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { DoorwardError, type ErrorCode } from 'doorward';
import { takeCommands, type Controlled } from './control.js';
import type { StoreTarget } from './stores.js';

const patience = 5000;

/** The user's own folder for sockets; nobody else may put one there, or look into it. */
function socketFolder(): string {
  const { uid } = userInfo();
  const path = join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `doorward-${uid}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new DoorwardError('unsupported', `the folder \`${path}\` is not this user's alone: use --control-socket`, {
      details: { path },
    });
  }
  return path;
}

/** Where the socket of a server is: one a store, unless it was named. None for a store that only its server knows. */
export function socketOf(target: StoreTarget, named: string | undefined): string | undefined {
  if (named !== undefined) return named;
  if (target.kind !== 'lmdb') return undefined;
  const name = createHash('sha256').update(resolve(target.path)).digest('hex').slice(0, 24);
  return process.platform === 'win32' ? `\\\\.\\pipe\\doorward-${name}` : join(socketFolder(), `${name}.sock`);
}

async function isServed(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/**
 * Takes presses at the socket until the server is closed.
 * @throws DoorwardError `unsupported` where the socket cannot be had
 */
export async function takePresses(path: string, on: Controlled): Promise<() => Promise<void>> {
  if (process.platform !== 'win32') {
    if (await isServed(path)) {
      throw new DoorwardError('unsupported', `another server takes presses at \`${path}\`: use --control-socket`, {
        details: { path },
      });
    }
    // Left behind by a server that was killed.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path);
  }
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    const reply = (value: object): void => void socket.write(`${JSON.stringify(value)}\n`);
    takeCommands(socket, reply, on, ['nymea.press']).catch(() => socket.destroy());
  });
  const mask = process.umask(0o177);
  try {
    server.listen(path);
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DoorwardError('unsupported', `cannot take presses at \`${path}\`: ${reason}`, {
      details: { path },
      cause: error,
    });
  } finally {
    process.umask(mask);
  }
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
}

/**
 * Presses the button of the server at the socket.
 * @throws DoorwardError `offline` where no server answers, and what the server says
 */
export async function press(path: string): Promise<void> {
  const offline = (cause?: unknown): DoorwardError =>
    new DoorwardError('offline', `no server takes presses at \`${path}\``, { details: { path }, cause });
  const socket = connect(path);
  try {
    await once(socket, 'connect').catch((error: unknown) => {
      throw offline(error);
    });
    socket.setTimeout(patience, () => socket.destroy(offline()));
    socket.write('{"do":"nymea.press"}\n');
    for await (const line of createInterface({ input: socket })) {
      const answer = JSON.parse(line) as { error?: { code: ErrorCode; message: string } };
      if (answer.error !== undefined) throw new DoorwardError(answer.error.code, answer.error.message);
      return;
    }
    throw offline();
  } finally {
    socket.destroy();
  }
}
