import type { Command } from 'commander';
import { DoorwardError } from 'doorward';
import { type Globals, withStore } from '../context.js';
import { UsageError } from '../problem.js';
import type { ServeOptions } from '../server.js';
import { collect, port } from '../values.js';

function checkOptions(options: ServeOptions & Globals): void {
  if (options.host.trim() === '') throw new UsageError('`--host` must not be empty');
  if (options.baseDevicehive !== undefined) {
    if (!/^\/[\w./-]{0,120}$/.test(options.baseDevicehive)) {
      throw new UsageError('`--base-devicehive` has to be a path: `/dh/rest`');
    }
    options.set.push(`devicehive.base=${JSON.stringify(options.baseDevicehive)}`);
  }
  if (options.shareStore !== undefined && !/^\/[\w.~-]{1,60}(?:\/[\w.~-]{1,60}){0,3}$/.test(options.shareStore)) {
    throw new UsageError('`--share-store` has to be a path: `/store`');
  }
  const flags = {
    '--nymea-port': options.nymeaPort,
    '--nymea-open-port': options.nymeaOpenPort,
  };
  for (const [flag, value] of Object.entries(flags)) {
    if (value !== undefined)
      throw new DoorwardError('unsupported', `the option \`${flag}\` comes with its protocol, in a later release`);
  }
}

/** `doorward serve` */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('serve the admin page, the session API and the protocol faces')
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <port>', 'the port; 0 takes a free one', port, 8080)
    .option('--world <file>', 'apply this world file before the server is ready')
    .option(
      '--allow-host <name>',
      'a host name to answer to, beside those of the loopback; may be given several times',
      collect,
    )
    .option('--share-store <path>', 'serve the whole store at this path, to an administrator by an access token')
    .option('--control', 'take JSON commands on stdin, one a line, and reply on stdout')
    .option('--nymea-port <port>', 'not available yet')
    .option('--nymea-open-port <port>', 'not available yet')
    .option('--base-devicehive <path>', 'where DeviceHive is mounted, `/dh/rest` if nothing is said')
    .addHelpText(
      'after',
      `
When it is ready it prints one line of JSON on stdout: {"listening":"http://127.0.0.1:8080"}.
Logs go to stderr. SIGTERM and SIGINT let running requests end, then it exits with 0.

Examples:
  doorward serve
  doorward serve --store memory: --port 0 --world workshop.yaml
  doorward serve --store postgres://doorward@db.example/doorward
`,
    )
    .action(
      withStore<ServeOptions>(async (work) => {
        // The server is loaded for this command alone: the others start in half the time without it.
        const { serve } = await import('../server.js');
        await serve(work);
      }, checkOptions),
    );
}
