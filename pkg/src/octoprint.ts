/**
 * OctoPrint's JavaScript client on `fetch` and native promises, and a door's `users` over OctoPrint's REST API.
 *
 * `OctoPrintClient` is a drop-in for the original's users, access and browser parts. `connect` gives the `users` of a
 * session, for an OctoPrint or a Doorward server. Numbers of sections, as in "spec 1.5", are those of the specification
 * of OctoPrint's user management the client was written after.
 *
 * @packageDocumentation
 */
import { OctoPrintClient } from './octoprint/client.js';

/** The default instance of old code; its `options.baseurl` has to be set first (spec 1.1). */
export const OctoPrint: OctoPrintClient = /* @__PURE__ */ new OctoPrintClient();

export { OctoPrintClient };
export { DoorwardError, InvalidArgumentError, type ErrorCode } from './errors.js';
export type { Users } from './types.js';
export type { AccessClient, AccessGroupsClient, AccessPermissionsClient } from './octoprint/access.js';
export type { BrowserClient } from './octoprint/browser.js';
export type { AlwaysCallback, Call, DoneCallback, FailCallback } from './octoprint/call.js';
export { connect, type ConnectedUsers, type Connection, type ConnectOptions } from './octoprint/connect.js';
export { RequestError } from './octoprint/request-error.js';
export type * from './octoprint/types.js';
export type { UsersClient } from './octoprint/users.js';
