/**
 * A typed client of VRM's API: access tokens, the current user and his installations, against VRM or a Doorward server
 * with that face. Numbers of sections, as in "spec 2.1", are those of the specification it was written after.
 *
 * Ids are numbers and times milliseconds since 1970, whatever the API writes (spec 1.7).
 *
 * @packageDocumentation
 */
export { DoorwardError, type ErrorCode } from './errors.js';
export { connect, type ConnectOptions, type Connection } from './vrm/connect.js';
export type { AccessTokens } from './vrm/access-tokens.js';
export type { VrmUsers } from './vrm/users.js';
export type * from './vrm/types.js';
