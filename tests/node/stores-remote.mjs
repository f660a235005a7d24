/**
 * A store in another process or page, used as if it were here: the second handle of the contract suite.
 * Works over anything that carries messages: a child process, a BroadcastChannel.
 */

/**
 * Answers the requests of a `remoteStores`.
 * @param {(dataset: string) => import('doorward/contract').Store} open
 * @param {{ send(message: object): void, listen(heard: (message: object) => void): void }} line
 */
export function serveStores(open, line) {
  const handles = new Map();
  line.listen(async ({ call, handle, method, dataset, argument }) => {
    if (call === undefined) return;
    try {
      if (method === 'open') handles.set(handle, open(dataset));
      const store = handles.get(handle);
      const value = method === 'open' ? { name: store.name } : await store[method](argument);
      line.send({ answer: call, value });
    } catch (error) {
      line.send({ answer: call, code: error.code ?? 'internal', message: String(error.message) });
    }
  });
  line.send({ ready: true });
}

/**
 * Waits for the other side, then gives a function that opens handles there.
 * @param {{ send(message: object): void, listen(heard: (message: object) => void): void }} line
 */
export async function remoteStores(line) {
  const waiting = new Map();
  let calls = 0;
  let handles = 0;
  const isReady = new Promise((resolve) => {
    line.listen(({ ready, answer, value, code, message }) => {
      if (ready) resolve();
      if (answer === undefined) return;
      const { resolve: accept, reject } = waiting.get(answer);
      waiting.delete(answer);
      if (code === undefined) accept(value);
      else reject(Object.assign(new Error(message), { name: 'DoorwardError', code }));
    });
  });
  const ask = (handle, method, rest) => {
    calls += 1;
    line.send({ call: calls, handle, method, ...rest });
    return new Promise((resolve, reject) => waiting.set(calls, { resolve, reject }));
  };
  await isReady;
  return async (dataset) => {
    handles += 1;
    const handle = handles;
    const { name } = await ask(handle, 'open', { dataset });
    return {
      name,
      capabilities: {},
      read: (argument) => ask(handle, 'read', { argument }),
      commit: (argument) => ask(handle, 'commit', { argument }),
      close: () => ask(handle, 'close', {}),
    };
  };
}
