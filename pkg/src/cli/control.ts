/** `serve --control`: a host process drives the server by JSON lines, commands on stdin and replies on stdout. */
import { createInterface } from 'node:readline';
import { DoorwardError } from 'doorward';
import type { Session } from 'doorward';
import { describe } from './problem.js';

export interface Control {
  session: Session;
  reply(value: object): void;
  stop(): void;
}

/** Commands of the interface that come with the protocols. */
const later = new Set(['nymea.press', 'nymea.agent']);

const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  stop: ['do'],
  'resource.remove': ['do', 'kind', 'id'],
};

function parse(line: string): Record<string, unknown> & { do: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new DoorwardError('invalidArgument', 'a command has to be one line of JSON');
  }
  if (typeof value !== 'object' || value === null || !('do' in value) || typeof value.do !== 'string') {
    throw new DoorwardError('invalidArgument', 'a command has to be an object with `do`');
  }
  const command = value as Record<string, unknown> & { do: string };
  const known = Object.hasOwn(fieldsOf, command.do) ? fieldsOf[command.do] : undefined;
  if (known === undefined) {
    const why = later.has(command.do) ? 'comes with its protocol, in a later release' : 'is not known';
    throw new DoorwardError('unsupported', `the command \`${command.do}\` ${why}`);
  }
  const unknown = Object.keys(command).find((field) => !known.includes(field));
  if (unknown !== undefined) {
    throw new DoorwardError('unknownField', `the command \`${command.do}\` has no field \`${unknown}\``, {
      details: { field: unknown },
    });
  }
  return command;
}

async function run(control: Control, command: Record<string, unknown> & { do: string }): Promise<void> {
  if (command.do === 'stop') {
    control.stop();
    return;
  }
  const { kind, id } = command;
  if (typeof kind !== 'string' || (typeof id !== 'string' && typeof id !== 'number')) {
    throw new DoorwardError('invalidArgument', 'the command `resource.remove` needs `kind` and `id`');
  }
  await control.session.resources.delete(kind, id);
}

/** Takes commands one after the other until stdin ends; each gets one reply, in order. */
export async function takeCommands(control: Control): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    try {
      await run(control, parse(line));
      control.reply({ ok: true });
    } catch (error) {
      const { code, message, details } = describe(error);
      control.reply({ error: { code, message, details } });
    }
  }
}
