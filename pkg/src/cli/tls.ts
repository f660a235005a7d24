import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { DoorwardError } from 'doorward';
import { fileError } from './problem.js';

/** A certificate with its chain, and its key, both in PEM. */
export interface TlsKeys {
  cert: Buffer;
  key: Buffer;
}

/**
 * Reads what `--tls-cert` and `--tls-key` name.
 * @throws DoorwardError `invalidArgument` for a file that cannot be read, `invalidFile` for one that holds something else
 */
export async function readKeys(paths: { cert: string; key: string }): Promise<TlsKeys> {
  const read = (path: string): Promise<Buffer> =>
    readFile(path).catch((error: unknown) => {
      throw fileError(path, error);
    });
  const keys = { cert: await read(paths.cert), key: await read(paths.key) };
  try {
    createSecureContext(keys);
  } catch (error) {
    throw new DoorwardError('invalidFile', `\`${paths.cert}\` and \`${paths.key}\` are no certificate and its key`, {
      details: { path: paths.cert },
      cause: error,
    });
  }
  return keys;
}
