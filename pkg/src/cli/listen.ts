import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { DoorwardError } from 'doorward';

/**
 * Binds a server; gives its address, as `127.0.0.1:8080`.
 * @throws DoorwardError `unsupported` where the address cannot be had
 */
export async function listen(server: Server, where: { host: string; port: number }, option: string): Promise<string> {
  server.listen(where);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const why: Record<string, string> = {
      EADDRINUSE: `the port is in use: choose another with ${option}`,
      EACCES: 'permission denied: ports below 1024 belong to the system',
      EADDRNOTAVAIL: 'this machine has no such address',
      ENOTFOUND: 'there is no such host name',
    };
    const reason = why[String(code)] ?? String(code);
    throw new DoorwardError('unsupported', `cannot listen on ${where.host}, port ${where.port}: ${reason}`, {
      details: { ...where, reason: String(code) },
      cause: error,
    });
  }
  const { address, port, family } = server.address() as AddressInfo;
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
