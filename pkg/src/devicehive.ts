/**
 * DeviceHive's users over its REST API: `connect` to a DeviceHive or a Doorward server. It runs in pages, workers and Node
 * and loads no WebAssembly. Numbers of sections are those of the specification of DeviceHive's user resource.
 *
 * @packageDocumentation
 */
export { DoorwardError, type ErrorCode } from './errors.js';
export { connect, type Connection, type ConnectOptions } from './devicehive/connect.js';
export type * from './devicehive/types.js';
export type { UserClient } from './devicehive/user.js';
