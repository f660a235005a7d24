import type { FaceSettings, PolicyName, PolicySettings } from 'doorward';
import { UsageError } from './problem.js';

type SettingName = Exclude<keyof PolicySettings, 'preset'>;
type Shape = 'flag' | 'integer' | 'integerOrNull';

// A record over the type's own keys: a setting that joins the policy has to be named here too, or this does not compile.
const shapes: Record<SettingName, Shape> = {
  sessionLifetime: 'integer',
  tokenLifetime: 'integerOrNull',
  askCurrentPassword: 'flag',
  lastAdminGuard: 'flag',
  ownAccountGuard: 'flag',
  passwordMinLength: 'integer',
  lockoutAttempts: 'integer',
  hashMemory: 'integer',
  hashPasses: 'integer',
  hashLanes: 'integer',
  auditMaxEntries: 'integer',
  auditMaxAge: 'integer',
};

const faceNames = ['octoprint', 'devicehive', 'nymea', 'vrm'] as const;

export const policyNames: readonly PolicyName[] = ['doorward', 'octoprint', 'nymea', 'devicehive', 'vrm'];

/** The names `--set` knows. */
export const settingNames = Object.keys(shapes);

function fits(value: unknown, shape: Shape): boolean {
  if (shape === 'flag') return typeof value === 'boolean';
  if (value === null) return shape === 'integerOrNull';
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What `--policy` and `--set` say. */
export interface Settings {
  policy: PolicySettings;
  faces: FaceSettings;
}

/**
 * The policy and the settings of the faces, as `--policy` and `--set` give them. The names and values of a face's
 * settings are its own to check.
 * @throws UsageError for an unknown name or a value that does not fit
 */
export function parseSettings(preset: PolicyName, sets: readonly string[]): Settings {
  const policy: Record<string, unknown> = { preset };
  const faces: Record<string, Record<string, unknown>> = {};
  for (const set of sets) {
    const [name, value] = parseSet(set);
    const face = faceNames.find((face) => name.startsWith(`${face}.`));
    if (face !== undefined) {
      (faces[face] ??= {})[name.slice(face.length + 1)] = value;
      continue;
    }
    const bare = name.startsWith('policy.') ? name.slice('policy.'.length) : name;
    if (!Object.hasOwn(shapes, bare))
      throw new UsageError(`unknown setting \`${name}\`: one of ${settingNames.join(', ')}, or a face's`);
    const shape = shapes[bare as SettingName];
    if (!fits(value, shape)) {
      const wanted = {
        flag: 'true or false',
        integer: 'an integer from 0',
        integerOrNull: 'an integer from 0, or null',
      };
      throw new UsageError(`the setting \`${name}\` takes ${wanted[shape]}`);
    }
    policy[bare] = value;
  }
  return { policy: policy as unknown as PolicySettings, faces: faces as FaceSettings };
}

function parseSet(text: string): [name: string, value: unknown] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`\`${text}\` is not of the form NAME=VALUE`);
  const name = text.slice(0, equals);
  try {
    return [name, JSON.parse(text.slice(equals + 1))];
  } catch {
    throw new UsageError(`the value of the setting \`${name}\` is not JSON`);
  }
}
