/** The page: measures on a click, and shows what it has after every round. */
import { show } from './chart.ts';
import { checks } from './checks.ts';
import { hashes } from './hashes.ts';
import { compare } from './measure.ts';

const rounds = { hash: 7, checks: 15 };

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no part \`${id}\``);
  return found;
}

const start = part('start') as HTMLButtonElement;
const status = part('status');

async function run(): Promise<void> {
  status.textContent = 'Loading and comparing…';
  const { candidates, missing } = await hashes();
  await compare(candidates, rounds.hash, 0, (rows, round) => {
    show(part('hash'), rows, 'Argon2id, one hash');
    status.textContent = `Hashes: round ${round} of ${rounds.hash}`;
  });
  await compare(await checks(), rounds.checks, 20, (rows, round) => {
    show(part('checks'), rows, 'Permission checks, one check');
    status.textContent = `Checks: round ${round} of ${rounds.checks}`;
  });
  status.textContent = missing.length === 0 ? 'Done.' : `Done. Not measured here: ${missing.join('; ')}`;
}

start.addEventListener('click', () => {
  start.disabled = true;
  run()
    .catch((error: unknown) => {
      status.textContent = `It failed: ${error instanceof Error ? error.message : String(error)}`;
    })
    .finally(() => {
      start.disabled = false;
      document.documentElement.dataset['measured'] = 'true';
    });
});
