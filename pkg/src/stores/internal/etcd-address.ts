/** What the URL of an etcd store says. Passwords stay inside of what is handed to the client. */
import { DoorwardError } from '../../errors.js';

export interface EtcdAddress {
  /** Origins of the members, each to be asked where the one before does not answer. */
  readonly endpoints: readonly string[];
  readonly user: { readonly name: string; readonly password: string } | undefined;
  /** Every key of the store begins with these bytes, one a character. */
  readonly prefix: string;
  /** For messages; without user and password. */
  readonly name: string;
}

const maxLength = 2048;
const form = /^etcd:\/\/(?:([^:@/?]*):([^@/?]*)@)?([^@/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;
const defaultPort = 2379;
const defaultPrefix = 'doorward';

/** @throws DoorwardError `invalidArgument`; its message never holds the URL */
export function parseEtcdUrl(text: unknown): EtcdAddress {
  const parts = typeof text === 'string' && text.length <= maxLength ? form.exec(text) : null;
  if (parts === null) throw invalid('etcd needs a URL of the form `etcd://host:port/prefix`');
  const [, name, password, hosts = '', path = '', query = ''] = parts;
  const parameters = new URLSearchParams(query);
  for (const parameter of parameters.keys()) {
    if (parameter !== 'tls') throw invalid(`the URL of etcd has no parameter \`${parameter.slice(0, 40)}\``);
  }
  const tls = parameters.get('tls') ?? 'false';
  if (tls !== 'true' && tls !== 'false') throw invalid('`tls` has to be `true` or `false`');
  const endpoints = hosts.split(',').map((host) => origin(host, tls === 'true'));
  const prefix = decoded(path.replace(/\/$/, '')) || defaultPrefix;
  if (!/^[\w.~/-]{1,200}$/.test(prefix)) {
    throw invalid('the prefix has to be at most 200 letters, digits, `.`, `~`, `/`, `_` and `-`');
  }
  return {
    endpoints,
    user: name === undefined ? undefined : { name: decoded(name), password: decoded(password ?? '') },
    // A prefix that begins another must not hold its keys.
    prefix: `${prefix}\0`,
    name: `etcd://${hosts}/${prefix}`,
  };
}

function origin(host: string, tls: boolean): string {
  try {
    const url = new URL(`${tls ? 'https' : 'http'}://${host}`);
    if (url.pathname !== '/' || url.hash !== '') throw invalid('');
    // The port of the scheme is left out of `port`, although it may have been said.
    if (url.port === '' && !/:\d+$/.test(host)) url.port = String(defaultPort);
    return url.origin;
  } catch {
    throw invalid('a host of the URL of etcd is malformed');
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('the URL of etcd is malformed');
  }
}

function invalid(message: string): DoorwardError {
  return new DoorwardError('invalidArgument', message);
}
