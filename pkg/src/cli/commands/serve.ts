import { type Command, Option } from 'commander';
import { type Globals, withStore } from '../context.js';
import { isLoopback } from '../http/guards.js';
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
  if (options.devicehiveSecret !== undefined) {
    options.set.push(`devicehive.secret=${JSON.stringify(options.devicehiveSecret)}`);
  }
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined)) {
    throw new UsageError('`--tls-cert` and `--tls-key` go together');
  }
  if (options.nymeaOpenPort !== undefined && !isLoopback(options.host)) {
    throw new UsageError('`--nymea-open-port` asks nobody who he is: on the loopback only');
  }
  if (options.shareStore !== undefined && !/^\/[\w.~-]{1,60}(?:\/[\w.~-]{1,60}){0,3}$/.test(options.shareStore)) {
    throw new UsageError('`--share-store` has to be a path: `/store`');
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
    .option('--nymea-port <port>', 'speak the nymea protocol over TCP on this port; 0 takes a free one', port)
    .option('--nymea-open-port <port>', 'the same, asking nobody for a token: for automated tests', port)
    .option('--button', 'tell nymea clients that there is a button; `doorward button` presses it')
    .option('--control-socket <path>', 'where `doorward button` reaches this server; one a store if nothing is said')
    .option('--tls-cert <file>', 'a certificate with its chain, in PEM: https, wss and nymeas')
    .option('--tls-key <file>', 'its key, in PEM')
    .option(
      '--allow-origin <origin>',
      'another origin whose pages may open WebSockets: `https://panel.example`; may be given several times',
      collect,
    )
    .option('--base-devicehive <path>', 'where DeviceHive is mounted, `/dh/rest` if nothing is said')
    .addOption(
      new Option('--devicehive-secret <base64>', 'the key of its tokens, to share them with another server').env(
        'DOORWARD_DEVICEHIVE_SECRET',
      ),
    )
    .addHelpText(
      'after',
      `
When it is ready it prints one line of JSON on stdout: {"listening":"http://127.0.0.1:8080"},
and with --nymea-port also "nymea":"tcp://127.0.0.1:2222". WebSockets are taken at /nymea.
Logs go to stderr. SIGTERM and SIGINT let running requests end, then it exits with 0.

Examples:
  doorward serve
  doorward serve --store memory: --port 0 --world workshop.yaml
  doorward serve --nymea-port 2222 --policy nymea
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
