/** The control interface of `serve`: one JSON command a line in, one JSON reply a line out. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { DoorwardError } from 'doorward';
import type { Door, Session } from 'doorward';
import { describe } from './problem.js';

/** What commands act on. */
export interface Controlled {
  door: Door;
  session: Session;
  stop(): void;
}

type Command = Readonly<Record<string, unknown>> & { do: string };

interface Action {
  fields: readonly string[];
  run(on: Controlled, command: Command): Promise<void> | void;
}

const actions: Readonly<Record<string, Action>> = {
  stop: { fields: [], run: ({ stop }) => stop() },
  'nymea.press': { fields: [], run: ({ door }) => door.pressButton() },
  'nymea.agent': {
    fields: ['on'],
    run({ door }, { on }) {
      if (typeof on !== 'boolean') {
        throw new DoorwardError('invalidArgument', 'the command `nymea.agent` needs `on`: true or false');
      }
      door.offerButton(on);
    },
  },
  'resource.remove': {
    fields: ['kind', 'id'],
    async run({ session }, { kind, id }) {
      if (typeof kind !== 'string' || (typeof id !== 'string' && typeof id !== 'number')) {
        throw new DoorwardError('invalidArgument', 'the command `resource.remove` needs `kind` and `id`');
      }
      await session.resources.delete(kind, id);
    },
  },
};

function parse(line: string): Command {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new DoorwardError('invalidArgument', 'a command has to be one line of JSON');
  }
  if (typeof value !== 'object' || value === null || !('do' in value) || typeof value.do !== 'string') {
    throw new DoorwardError('invalidArgument', 'a command has to be an object with `do`');
  }
  return value as Command;
}

async function perform(line: string, on: Controlled, allowed: readonly string[]): Promise<void> {
  const command = parse(line);
  const action = allowed.includes(command.do) ? actions[command.do] : undefined;
  if (action === undefined) {
    throw new DoorwardError('unsupported', `the command \`${command.do.slice(0, 100)}\` is not known`);
  }
  const unknown = Object.keys(command).find((field) => field !== 'do' && !action.fields.includes(field));
  if (unknown !== undefined) {
    throw new DoorwardError('unknownField', `the command \`${command.do}\` has no field \`${unknown}\``, {
      details: { field: unknown },
    });
  }
  await action.run(on, command);
}

/** Takes commands one after the other until the input ends; each gets one reply, in order. */
export async function takeCommands(
  input: Readable,
  reply: (value: object) => void,
  on: Controlled,
  allowed: readonly string[] = Object.keys(actions),
): Promise<void> {
  for await (const line of createInterface({ input })) {
    if (line.trim() === '') continue;
    try {
      await perform(line, on, allowed);
      reply({ ok: true });
    } catch (error) {
      const { code, message, details } = describe(error);
      reply({ error: { code, message, details } });
    }
  }
}
