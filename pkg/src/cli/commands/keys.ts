import type { Command } from 'commander';
import { withStore } from '../context.js';
import { parseSettings } from '../settings.js';

/** How long DeviceHive's refresh tokens live unless a setting says otherwise: 182 days, in ms. */
const refreshLifetime = 182 * 86_400_000;

/** `doorward keys …` */
export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('administer the keys that faces sign tokens with');

  keys
    .command('rotate')
    .description("make the key of DeviceHive's tokens anew")
    .option('--end-old', 'end what older keys have signed at once')
    .addHelpText(
      'after',
      `
A server that is running signs with the new key from the next request on. Tokens that are out go
on being taken as long as a refresh token lives (182 days, or \`--set devicehive.refreshLifetime\`):
give \`--end-old\` where a key may be known to others. A key of \`serve --devicehive-secret\` is
not the store's, and is not touched.

Example:
  doorward keys rotate --end-old
`,
    )
    .action(
      withStore<{ endOld?: boolean }>(async ({ session, options, out }) => {
        const { devicehive } = parseSettings(options.policy, options.set).faces;
        const keep = options.endOld === true ? 0 : (devicehive?.refreshLifetime ?? refreshLifetime);
        await session.world.rotateKeys('devicehive', { keep });
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
