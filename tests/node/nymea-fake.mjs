// As much of a nymea server as it takes to see whether the runner looks: hello, a log-in, one notification, one refusal.
import { createServer } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { once } from 'node:events';
import { WebSocketServer } from 'ws';

/** @param {{silent?: boolean, late?: boolean}} faults a notification that is not sent, or sent after the reply */
function fakeDoor({ silent = false, late = false } = {}) {
  const peers = new Set();
  let notifications = 0;
  const tell = (notification, params) => {
    for (const peer of peers) if (peer.listens) peer.send({ id: notifications, notification, params });
    notifications += 1;
  };
  const methods = {
    'JSONRPC.Hello': (peer, { token }) => {
      peer.token = token;
      return { server: 'fake', authenticated: token === 'a-token-of-admin-1' };
    },
    'JSONRPC.Authenticate': (peer, { params }) => {
      peer.token = 'a-token-of-admin-1';
      return params.password === 'right' ? { success: true, token: peer.token } : { success: false };
    },
    'JSONRPC.SetNotificationStatus': (peer) => {
      peer.listens = true;
      return { enabled: true };
    },
    'Users.SetUserInfo': (peer) => {
      const told = () => tell('Users.UserChanged', { userInfo: { username: 'admin' } });
      if (late) setImmediate(told);
      else if (!silent) told();
      return { error: 'UserErrorNoError' };
    },
  };
  return (send, close) => {
    const peer = { send, listens: false };
    peers.add(peer);
    return {
      take(line) {
        const request = JSON.parse(line);
        if (request.method === 'Users.Forbidden') {
          send({ id: request.id, status: 'unauthorized', error: 'Forbidden: Invalid token.' });
          close();
        } else send({ id: request.id, status: 'success', params: methods[request.method](peer, request) });
      },
      gone: () => peers.delete(peer),
    };
  };
}

/** @param {{after: (work: () => unknown) => void}} t */
export async function startFake(t, faults) {
  const meet = fakeDoor(faults);
  const tcp = createTcp((socket) => {
    const { take, gone } = meet(
      (message) => socket.write(`${JSON.stringify(message)}\n`),
      () => socket.end(),
    );
    let rest = '';
    socket.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      lines.filter(Boolean).forEach(take);
    });
    socket.on('error', () => {}).on('close', gone);
  }).listen(0, '127.0.0.1');
  const http = createServer().listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket) => {
    const { take, gone } = meet(
      (message) => socket.send(`${JSON.stringify(message)}\n`),
      () => socket.close(),
    );
    socket.on('message', (data) => take(data.toString()));
    socket.on('close', gone);
  });
  await Promise.all([once(tcp, 'listening'), once(http, 'listening')]);
  t.after(() => {
    tcp.close();
    sockets.close();
    http.close();
  });
  const urls = {
    TCP: `tcp://127.0.0.1:${tcp.address().port}`,
    WebSocket: `ws://127.0.0.1:${http.address().port}/nymea`,
  };
  return { urls, control: async () => {} };
}
