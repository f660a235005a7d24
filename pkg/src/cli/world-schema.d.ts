import type { ErrorObject } from 'ajv';

/** Checks a world file by `schema/world.schema.json`; the build makes it (`scripts/lib/schema.mjs`). */
export const validate: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
