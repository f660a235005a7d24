/** Handles by the URL of a server, each dataset in a place of its own. */
import { postgres } from 'doorward/stores/postgres';

/**
 * @param {string} url of a server, as `--store` takes it
 * @param {string} dataset letters, digits and `-`
 * @param {object} [options] of the adapter
 */
export function openStore(url, dataset, options) {
  return postgres(url, { table: `t_${dataset.replaceAll('-', '_')}`, ...options });
}
