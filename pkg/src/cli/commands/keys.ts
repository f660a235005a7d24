import { type Command, Option } from 'commander';
import type { FaceSettings } from 'doorward';
import { withStore } from '../context.js';
import { parseSettings } from '../settings.js';

const day = 86_400_000;
const faces = ['devicehive', 'vrm'] as const;
type Face = (typeof faces)[number];

/** How long the tokens live that live longest, unless a setting says otherwise, in ms. */
function longestLife(face: Face, settings: FaceSettings): number {
  return face === 'vrm'
    ? (settings.vrm?.rememberLifetime ?? 30 * day)
    : (settings.devicehive?.refreshLifetime ?? 182 * day);
}

/** `doorward keys …` */
export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('administer the keys that faces sign tokens with');

  keys
    .command('rotate')
    .description('make the key anew that a face signs tokens with')
    .addOption(new Option('--face <name>', 'whose key').choices(faces).default('devicehive'))
    .option('--end-old', 'end what older keys have signed at once')
    .addHelpText(
      'after',
      `
A server that is running signs with the new key from the next request on. Tokens that are out go
on being taken as long as the longest of them live (DeviceHive's refresh tokens: 182 days, or
\`--set devicehive.refreshLifetime\`; VRM's bearer tokens: 30 days, or \`--set vrm.rememberLifetime\`):
give \`--end-old\` where a key may be known to others. A key of \`serve --devicehive-secret\` is
not the store's, and is not touched.

Example:
  doorward keys rotate --end-old
`,
    )
    .action(
      withStore<{ endOld?: boolean; face: Face }>(async ({ session, options, out }) => {
        const settings = parseSettings(options.policy, options.set).faces;
        const keep = options.endOld === true ? 0 : longestLife(options.face, settings);
        await session.world.rotateKeys(options.face, { keep });
        const goodUntil = keep === 0 ? null : Date.now() + keep;
        out.result({ oldKeysGoodUntil: goodUntil }, () =>
          out.note(
            goodUntil === null
              ? 'the key is new; no token that is out is taken any more'
              : `the key is new; the one before it is good until ${new Date(goodUntil).toISOString()}`,
          ),
        );
      }),
    );
}
