/** The hash worker of browsers. It is an entry of its own: bundlers find it through the URL in `hasher.browser.ts`. */
import { loadHash } from './load.js';
import { serve, type HashReply, type HashRequest } from './protocol.js';

// The library of DOM types knows pages only.
const scope = globalThis as unknown as {
  postMessage(reply: HashReply): void;
  onmessage: (event: MessageEvent<HashRequest>) => void;
};

const handle = serve(loadHash(), (reply) => scope.postMessage(reply));
scope.onmessage = (event) => void handle(event.data);
