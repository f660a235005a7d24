/** What the URL of a PostgreSQL store says. Passwords stay inside of what is handed to the client. */
import { DoorwardError } from '../../errors.js';

export interface PostgresAddress {
  /** For the client: the URL without what is ours. */
  readonly connectionString: string;
  readonly table: string;
  /** For messages; without user and password. */
  readonly name: string;
}

const maxLength = 2048;
const modes = new Set(['disable', 'no-verify', 'require', 'verify-ca', 'verify-full']);
const known = new Set(['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'table']);
const defaultTable = 'doorward';

/** @throws DoorwardError `invalidArgument`; its message never holds the URL */
export function parsePostgresUrl(text: unknown, tableOption: unknown): PostgresAddress {
  if (typeof text !== 'string' || text.length > maxLength) throw invalid('postgres needs the URL of a database');
  let url;
  try {
    url = new URL(text);
  } catch {
    throw invalid('the URL of the database is malformed');
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw invalid('the URL of the database has to begin with `postgres://`');
  }
  for (const name of url.searchParams.keys()) {
    if (!known.has(name)) throw invalid(`the URL of the database has no parameter \`${name.slice(0, 40)}\``);
  }
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !modes.has(mode)) throw invalid(`\`sslmode\` has to be one of ${[...modes].join(', ')}`);
  // Whoever asks for encryption gets a server that proves who it is, except where he says otherwise.
  if (mode === 'require' || mode === 'verify-ca') url.searchParams.set('sslmode', 'verify-full');
  const table = tableOption ?? url.searchParams.get('table') ?? defaultTable;
  if (typeof table !== 'string' || !/^[a-z_][a-z0-9_]{0,50}$/.test(table)) {
    throw invalid('the table has to be a lower-case name of letters, digits and `_`, at most 51');
  }
  url.searchParams.delete('table');
  const shown = url.host === '' ? (url.searchParams.get('host') ?? '') : url.host;
  const name = `postgres://${shown}${url.pathname}${table === defaultTable ? '' : `?table=${table}`}`;
  return { connectionString: url.href, table, name };
}

function invalid(message: string): DoorwardError {
  return new DoorwardError('invalidArgument', message);
}
