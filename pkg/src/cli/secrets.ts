import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './problem.js';

const stdinLimit = 64 * 1024;

/** Options of every command that takes a password. */
export interface PasswordOptions {
  passwordStdin?: boolean;
}

/**
 * A password, from stdin if asked for, from DOORWARD_PASSWORD, or from a hidden prompt. Never from an argument, which
 * other users of the machine can read.
 * @throws UsageError where there is nobody to ask
 */
export async function readPassword(options: PasswordOptions, prompt: string): Promise<string> {
  if (options.passwordStdin === true) return readStdin();
  const fromEnvironment = process.env['DOORWARD_PASSWORD'];
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  if (!process.stdin.isTTY) {
    throw new UsageError('there is no terminal to ask for the password: use --password-stdin or DOORWARD_PASSWORD');
  }
  const password = await ask(`${prompt}: `);
  if ((await ask(`${prompt}, again: `)) !== password) throw new UsageError('the two passwords differ');
  return password;
}

/** The present password, asked for at the terminal; null where there is none. */
export async function askCurrentPassword(): Promise<string | null> {
  return process.stdin.isTTY ? ask('Current password: ') : null;
}

async function readStdin(): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > stdinLimit) throw new UsageError('the password on stdin is too long');
  }
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw new UsageError('the password on stdin is not UTF-8');
  }
  return text.replace(/\r?\n$/, '');
}

async function ask(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  // readline edits the line but shows it nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.question('').then(resolve, reject);
      lines.once('SIGINT', () => reject(new UsageError('interrupted')));
      lines.once('close', () => reject(new UsageError('no password given')));
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
