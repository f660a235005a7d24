import { DoorwardError } from 'doorward';
import type { Door, DoorEvents } from 'doorward';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';

const eventNames: Readonly<Record<keyof DoorEvents, true>> = {
  userAdded: true,
  userChanged: true,
  userRemoved: true,
  passwordChanged: true,
  settingsChanged: true,
  tokenAdded: true,
  tokenRevoked: true,
  groupAdded: true,
  groupChanged: true,
  groupRemoved: true,
  resourceAdded: true,
  resourceChanged: true,
  resourceRemoved: true,
  linkChanged: true,
  loggedIn: true,
  loggedOut: true,
  secondFactorAdded: true,
  secondFactorChanged: true,
  secondFactorRemoved: true,
  notice: true,
};

const heartbeat = 15_000;
/** A client that reads slower than things happen is cut off; it connects anew and lists again. */
const queueLimit = 1000;

/** Who may list users may hear of them; asked again all along, since rights come and go. */
async function mayListen(door: Door, token: string): Promise<void> {
  const session = await door.authenticate(token);
  try {
    await session.users.list({ limit: 1 });
  } finally {
    session.close();
  }
}

/**
 * The events of the door as server-sent events, for as long as the session lives and may read users.
 * @throws DoorwardError as `authenticate`, and `denied`
 */
export async function streamEvents(c: Context, door: Door, token: string, stopping: AbortSignal): Promise<Response> {
  await mayListen(door, token);
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, async (stream) => {
    const queue: { event: string; data: string }[] = [];
    let wake = (): void => undefined;
    let over = stopping.aborted;
    const end = (): void => {
      over = true;
      wake();
    };
    const ends = (Object.keys(eventNames) as (keyof DoorEvents)[]).map((event) =>
      door.on(event, (payload) => {
        queue.push({ event, data: JSON.stringify(payload) });
        if (queue.length > queueLimit) end();
        else wake();
      }),
    );
    stopping.addEventListener('abort', end, { once: true });
    stream.onAbort(end);
    try {
      await stream.writeSSE({ event: 'ready', data: '{}' });
      while (!over) {
        if (queue.length === 0) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, heartbeat);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        }
        if (over) break;
        await mayListen(door, token);
        const batch = queue.splice(0);
        if (batch.length === 0) await stream.write(': still here\n\n');
        for (const message of batch) await stream.writeSSE(message);
      }
    } catch (error) {
      // The session is over, or may no longer read users: the stream ends, and its client learns why when it asks again.
      if (!DoorwardError.is(error)) throw error;
    } finally {
      stopping.removeEventListener('abort', end);
      ends.forEach((stop) => stop());
    }
  });
}
