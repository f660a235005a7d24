/** Handles by the URL of a server, each dataset in a place of its own. */
import { etcd } from 'doorward/stores/etcd';
import { postgres } from 'doorward/stores/postgres';

/**
 * @param {string} url of a server, as `--store` takes it
 * @param {string} dataset letters, digits and `-`
 * @param {object} [options] of the adapter
 */
export function openStore(url, dataset, options) {
  return url.startsWith('etcd:') ? etcd(urlOf(url, dataset), options) : postgres(urlOf(url, dataset), options);
}

/** The URL of the place. */
export function urlOf(url, dataset) {
  return url.startsWith('etcd:') ? `${url}${dataset}` : `${url}?table=t_${dataset.replaceAll('-', '_')}`;
}
