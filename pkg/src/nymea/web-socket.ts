/** A wire over a WebSocket: the browser's, or one with the same interface. */
import { offline, openTimeout, type Listener, type Wire } from './wire.js';

/** What is used of a WebSocket. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}

export function openSocket(socket: Socket, url: URL, listener: Listener, check?: () => boolean): Promise<Wire> {
  return new Promise((resolve, reject) => {
    let open = false;
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      socket.close();
      reject(offline(url));
    }, openTimeout);
    // The close that follows tells.
    socket.onerror = () => undefined;
    socket.onopen = () => {
      clearTimeout(timer);
      if (over) return;
      if (check?.() === false) {
        over = true;
        socket.close();
        reject(offline(url));
        return;
      }
      open = true;
      resolve({
        send: (text) => socket.send(text),
        close() {
          over = true;
          socket.close();
        },
      });
    };
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (!over && typeof data === 'string') listener.message(data);
    };
    socket.onclose = () => {
      clearTimeout(timer);
      if (over) return;
      over = true;
      if (open) listener.closed();
      else reject(offline(url));
    };
  });
}
