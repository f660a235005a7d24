/** A TCP proxy that fails on purpose: it cuts, delays, or swallows what the server answers. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * @param {number} target port of the server on the loopback
 * @returns a proxy whose `latency` (ms, each way) can be set at any time
 */
export async function startProxy(target) {
  const pairs = new Set();
  const proxy = {
    latency: 0,
    /** Swallow answers while this says so of the bytes a client has sent last; the connection is cut a moment later. */
    swallow: undefined,
    cut() {
      for (const [client, server] of pairs) {
        client.destroy();
        server.destroy();
      }
    },
    /** Cuts what there is, and refuses what comes. */
    async down() {
      const closed = once(listener, 'close');
      listener.close();
      proxy.cut();
      await closed;
    },
    async up() {
      listener.listen(proxy.port ?? 0, '127.0.0.1');
      await once(listener, 'listening');
      proxy.port = listener.address().port;
    },
  };
  const listener = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    const pair = [client, server];
    pairs.add(pair);
    let swallowing = false;
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    const later = (work) => (proxy.latency > 0 ? setTimeout(work, proxy.latency) : work());
    client.on('data', (data) => {
      if (proxy.swallow?.(data.toString('latin1')) === true) {
        swallowing = true;
        // Long enough for the server to have done what was asked.
        setTimeout(end, 100);
      }
      later(() => server.writable && server.write(data));
    });
    server.on('data', (data) => {
      if (!swallowing) later(() => client.writable && client.write(data));
    });
    for (const socket of pair) socket.on('error', end).on('close', end);
  });
  await proxy.up();
  return proxy;
}
