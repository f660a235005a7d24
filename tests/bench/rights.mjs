/** One user with 16 of 24 scopes on 1,000 of 100,000 things, as Doorward and its peers hold it. */
import { randomUUID } from 'node:crypto';
import { open } from 'doorward';
import { memory } from 'doorward/stores/memory';
import { load } from './peers.mjs';
import { seeded } from './measure.mjs';

const password = 'correct horse battery';

export const scopes = Array.from({ length: 24 }, (_, at) => `device.action${at}`);
/** Every third is not held, so that the answers differ from one to the next. */
export const held = scopes.filter((_, at) => at % 3 !== 2);

export const things = Array.from({ length: 100_000 }, () => randomUUID());
export const reached = things.filter((_, at) => at % 100 === 0);

/** Questions in an order that no branch predictor learns; half of the things are within reach. */
export function questions(count) {
  const random = seeded(count);
  const pick = (list) => list[Math.floor(random() * list.length)];
  return Array.from({ length: count }, (_, at) => ({
    scope: pick(scopes),
    id: at % 2 === 0 ? pick(reached) : pick(things),
  }));
}

/** A session of that user, by an API key. The caller closes the door. */
export async function doorward() {
  const door = await open({ store: memory(), scopes: scopes.map((name) => ({ name })) });
  const admin = await door.setUp({ name: 'admin', password });
  await admin.users.create({ name: 'ann', groups: [], scopes: held, reach: { thing: reached } });
  const { value } = await admin.tokens.create({ user: 'ann', name: 'bench' });
  return { door, session: await door.authenticate(value) };
}

/** CASL: by scope alone; by a condition on the id, as its guide writes it; and with each id as a subject type, its quickest. */
export async function casl() {
  const { AbilityBuilder, createMongoAbility, subject } = await load('@casl/ability');
  const ability = (define) => {
    const builder = new AbilityBuilder(createMongoAbility);
    define(builder.can);
    return builder.build();
  };
  return {
    subject,
    byScope: ability((can) => held.forEach((scope) => can(scope))),
    byCondition: ability((can) => can(held, 'thing', { id: { $in: reached } })),
    byType: ability((can) => can(held, reached)),
  };
}

/** Cedar, its policies parsed beforehand: who may what, and things within reach as members of a group. */
export async function cedar() {
  const { preparsePolicySet, statefulIsAuthorized } = await load('@cedar-policy/cedar-wasm/nodejs');
  const list = held.map((scope) => `Action::"${scope}"`).join(', ');
  const made = preparsePolicySet('bench', {
    staticPolicies: {
      scope: `permit(principal == User::"ann", action in [${list}], resource == Place::"all");`,
      thing: `permit(principal == User::"ann", action in [${list}], resource in Reach::"ann");`,
    },
  });
  if (made.type !== 'success') throw new Error(JSON.stringify(made));
  const within = new Set(reached);
  const principal = { type: 'User', id: 'ann' };
  const ask = (scope, resource, parents) => {
    const answer = statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: scope },
      resource,
      context: {},
      preparsedPolicySetId: 'bench',
      entities: [{ uid: resource, attrs: {}, parents }],
    });
    return answer.type === 'success' && answer.response.decision === 'allow';
  };
  const all = { type: 'Place', id: 'all' };
  const parent = [{ type: 'Reach', id: 'ann' }];
  return {
    byScope: (scope) => ask(scope, all, []),
    // The entity comes with the question, as the host of Cedar has it: its group is looked up outside.
    byThing: (scope, id) => ask(scope, { type: 'Thing', id }, within.has(id) ? parent : []),
  };
}

/** accesscontrol: a scope is a resource that the role may read. It knows no single things. */
export async function accesscontrol() {
  const { AccessControl } = await load('accesscontrol');
  const control = new AccessControl();
  const plain = (scope) => scope.replace('.', '_');
  for (const scope of scopes) control.grant('other').readAny(plain(scope));
  for (const scope of held) control.grant('ann').readAny(plain(scope));
  return (scope) => control.can('ann').readAny(plain(scope)).granted;
}

const model = (request, matcher) => `
[request_definition]
r = ${request}
[policy_definition]
p = ${request}
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = ${matcher}`;

/** casbin: the scopes as policies, the things within reach as members of one resource group. */
export async function casbin() {
  const { newEnforcer, newModelFromString } = await load('casbin');
  const byScope = await newEnforcer(newModelFromString(model('sub, act', 'r.sub == p.sub && r.act == p.act')));
  await byScope.addPolicies(held.map((scope) => ['ann', scope]));
  const byThing = await newEnforcer(
    newModelFromString(model('sub, obj, act', 'r.sub == p.sub && r.act == p.act && g(r.obj, p.obj)')),
  );
  await byThing.addPolicies(held.map((scope) => ['ann', 'reached', scope]));
  await byThing.addGroupingPolicies(reached.map((id) => [id, 'reached']));
  return { byScope, byThing };
}
