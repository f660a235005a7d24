/** What both entries export, whatever the platform. */
export { DoorwardError, InvalidArgumentError, errorCodes, type ErrorCode } from './errors.js';
export { limits } from './limits.js';
export type * from './contract.js';
export type * from './types.js';
export type { InitSource } from './core/platform.js';
