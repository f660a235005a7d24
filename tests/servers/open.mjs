/** Handles by the URL of a server, or of a folder of files, each dataset in a place of its own. */
import { etcd } from 'doorward/stores/etcd';
import { lmdb } from 'doorward/stores/lmdb';
import { postgres } from 'doorward/stores/postgres';
import { rest } from 'doorward/stores/rest';
import { restToken } from './rest-server.mjs';

/**
 * @param {string} url of a server, as `--store` takes it; of LMDB, of the folder: `lmdb:FOLDER/`
 * @param {string} dataset letters, digits and `-`
 * @param {object} [options] of the adapter
 */
export function openStore(url, dataset, options) {
  const place = urlOf(url, dataset);
  if (url.startsWith('lmdb:')) return lmdb(place.slice('lmdb:'.length), options);
  if (url.startsWith('rest+')) return rest(place.slice('rest+'.length), { token: restToken, ...options });
  return url.startsWith('etcd:') ? etcd(place, options) : postgres(place, options);
}

/** The URL of the place. */
export function urlOf(url, dataset) {
  if (url.startsWith('lmdb:')) return `${url}${dataset}.lmdb`;
  return url.startsWith('postgres:') ? `${url}?table=t_${dataset.replaceAll('-', '_')}` : `${url}${dataset}`;
}
