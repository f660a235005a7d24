/** Permission checks: one user, 16 of 24 scopes, 1,000 of 10,000 things. */
import { AbilityBuilder, createMongoAbility } from '@casl/ability';
import { open } from 'doorward';
import { memory } from 'doorward/stores/memory';
import type { Candidate } from './measure.ts';

const scopes = Array.from({ length: 24 }, (_, at) => `device.action${at}`);
const held = scopes.filter((_, at) => at % 3 !== 2);

/** As UUIDs look; `crypto.randomUUID` is not there on plain HTTP. */
const uuid = (at: number): string => `00000000-0000-4000-8000-${String(at * 7919).padStart(12, '0')}`;

export async function checks(): Promise<Candidate[]> {
  const things = Array.from({ length: 10_000 }, (_, at) => uuid(at));
  const reached = things.filter((_, at) => at % 10 === 0);
  const door = await open({ store: memory(), scopes: scopes.map((name) => ({ name })) });
  const admin = await door.setUp({ name: 'admin', password: 'correct horse battery' });
  await admin.users.create({ name: 'ann', groups: [], scopes: held, reach: { thing: reached } });
  const { value } = await admin.tokens.create({ user: 'ann', name: 'bench' });
  const session = await door.authenticate(value);

  const builder = new AbilityBuilder(createMongoAbility);
  builder.can(held, reached);
  const byThing = builder.build();
  const other = new AbilityBuilder(createMongoAbility);
  for (const scope of held) other.can(scope);
  const byScope = other.build();

  const handles = session.intern('thing', things);
  const asked = Array.from({ length: 4096 }, (_, at) => {
    const thing = (at * 2_654_435_761) % things.length;
    return { scope: scopes[(at * 7) % scopes.length] ?? '', id: things[thing] ?? '', handle: handles[thing] ?? 0 };
  });
  const asker = (name: string, ours: boolean, answer: (question: (typeof asked)[number]) => boolean): Candidate => ({
    name,
    ours,
    per: asked.length,
    // The count keeps an engine from dropping the loop.
    run: () => asked.reduce((allowed, question) => allowed + (answer(question) ? 1 : 0), 0),
  });
  const all = [
    asker('Doorward, scope', true, ({ scope }) => session.can(scope)),
    asker('@casl/ability, scope', false, ({ scope }) => byScope.can(scope)),
    asker('Doorward, scope and thing', true, ({ scope, handle }) => session.can(scope, handle)),
    asker('@casl/ability, scope and thing', false, ({ scope, id }) => byThing.can(scope, id)),
  ];
  const counts = all.map((each) => each.run());
  if (counts[0] !== counts[1] || counts[2] !== counts[3]) throw new Error(`the answers differ: ${counts.join(', ')}`);
  return all;
}
