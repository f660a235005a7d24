import { DoorwardError } from '../errors.js';
import type { Decision, Me, ResourceRef } from '../types.js';

const internLimit = 1_000_000;

/** Every kind: the reach of an administrator whose credential is not narrowed. */
const everyKind = '*';

interface Compiled {
  scopes: ReadonlySet<string>;
  reach: ReadonlyMap<string, 'all' | ReadonlySet<string>>;
}

function compile(me: Me): Compiled {
  const reach = Object.entries(me.reach).map(
    ([kind, ids]) => [kind, ids === 'all' ? ids : new Set(Object.keys(ids))] as const,
  );
  return { scopes: new Set(me.scopes), reach: new Map(reach) };
}

/** The decisions a session makes without asking the server, from what the server said of it last. */
export class RemoteRights {
  readonly #kinds: string[] = [];
  readonly #ids: string[] = [];
  readonly #handles = new Map<string, Map<string, number>>();
  readonly #catalogue: ReadonlySet<string>;
  #compiled: Compiled;

  constructor(me: Me, catalogue: Iterable<string>) {
    this.#compiled = compile(me);
    this.#catalogue = new Set(catalogue);
  }

  update(me: Me): void {
    this.#compiled = compile(me);
  }

  can(scope: string, resource?: ResourceRef | number): boolean {
    if (!this.#compiled.scopes.has(scope)) return false;
    if (resource === undefined) return true;
    if (typeof resource !== 'number') return this.#covers(resource.kind, String(resource.id));
    const kind = this.#kinds[resource];
    const id = this.#ids[resource];
    return kind !== undefined && id !== undefined && this.#covers(kind, id);
  }

  explain(scope: string, resource?: ResourceRef): Decision {
    if (!this.#catalogue.has(scope)) {
      return { allowed: false, by: 'unknown-scope', reason: `\`${scope}\` is no scope of the catalogue` };
    }
    if (!this.can(scope))
      return { allowed: false, by: 'scope', reason: `\`${scope}\` is not among the effective scopes` };
    if (resource === undefined) return { allowed: true, by: 'scope', reason: `\`${scope}\` is held` };
    return this.can(scope, resource)
      ? { allowed: true, by: 'scope-and-reach', reason: `\`${scope}\` is held and the resource is within reach` }
      : { allowed: false, by: 'reach', reason: `that ${resource.kind} is out of reach` };
  }

  filterIds<T extends string | number>(scope: string, kind: string, ids: readonly T[]): T[] {
    return this.can(scope) ? ids.filter((id) => this.#covers(kind, String(id))) : [];
  }

  filterHandles(scope: string, handles: Uint32Array): Uint32Array {
    return handles.filter((handle) => this.can(scope, handle));
  }

  intern(kind: string, ids: readonly (string | number)[]): Uint32Array {
    let known = this.#handles.get(kind);
    if (known === undefined) this.#handles.set(kind, (known = new Map()));
    const handles = new Uint32Array(ids.length);
    for (const [at, given] of ids.entries()) {
      const id = String(given);
      let handle = known.get(id);
      if (handle === undefined) {
        handle = this.#ids.length;
        if (handle >= internLimit) {
          throw new DoorwardError('limitExceeded', `a session interns at most ${internLimit} ids`, {
            details: { limit: internLimit },
          });
        }
        known.set(id, handle);
        this.#kinds.push(kind);
        this.#ids.push(id);
      }
      handles[at] = handle;
    }
    return handles;
  }

  #covers(kind: string, id: string): boolean {
    const { reach } = this.#compiled;
    if (reach.get(everyKind) === 'all') return true;
    const ids = reach.get(kind);
    return ids === 'all' || (ids?.has(id) ?? false);
  }
}
