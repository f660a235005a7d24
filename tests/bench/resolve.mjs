/** Copied into the folder of the peers: names resolve from where the importing file is. */
export const load = (name) => import(name);
export const address = (name) => import.meta.resolve(name);
