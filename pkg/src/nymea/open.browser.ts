import { openSocket } from './web-socket.js';
import { unsupportedScheme, type OpenUrl } from './wire.js';

/** Pages have WebSockets alone, and the browser's own certificates. */
export const openUrl: OpenUrl = async (url, _tls, listener) => {
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') throw unsupportedScheme(url, '`ws:`, `wss:`');
  return openSocket(new WebSocket(url.href), url, listener);
};
