import type { JsonObject } from './types.js';

export interface ResourceRecord {
  kind: string;
  id: string;
  name: string;
  description: string;
  /** Name of the owner, or null. */
  owner: string | null;
  data: JsonObject | null;
  created: number;
  updated: number;
}

export interface ResourceInput {
  name?: string;
  description?: string;
  owner?: string | null;
  data?: JsonObject | null;
}

export interface Resources {
  list(
    kind: string,
    options?: { limit?: number; after?: string },
  ): Promise<{ resources: ResourceRecord[]; next?: string }>;
  get(kind: string, id: string | number): Promise<ResourceRecord>;
  add(resource: ResourceInput & { kind: string; id: string | number }): Promise<ResourceRecord>;
  update(kind: string, id: string | number, changes: ResourceInput): Promise<ResourceRecord>;
  /** Drops it from the reach of every user in the same commit. */
  delete(kind: string, id: string | number): Promise<void>;
}

export interface LinkRecord {
  user: string;
  kind: string;
  id: string;
  level: number | null;
}

export interface Links {
  /** Links of a user, or of a resource. */
  list(of: { user: string } | { kind: string; id: string | number }): Promise<{ links: LinkRecord[] }>;
  set(link: { user: string; kind: string; id: string | number; level?: number | null }): Promise<void>;
  delete(link: { user: string; kind: string; id: string | number }): Promise<void>;
}
