import type { WorldFile } from '../world.js';

/** What is declared, and what cannot be brought over. Notes hold names, never a secret. */
export interface Imported {
  world: WorldFile;
  notes: string[];
}
