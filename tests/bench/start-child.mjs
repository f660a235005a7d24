/** One cold start, in a process of its own: from nothing to the first answer. Prints milliseconds as JSON. */
const [what, entry] = process.argv.slice(2);

async function doorward() {
  const { open } = await import('doorward');
  const { memory } = await import('doorward/stores/memory');
  const imported = performance.now();
  const door = await open({ store: memory() });
  const answer = door.needsSetup;
  return { imported, answer };
}

async function casl() {
  const { createMongoAbility } = await import(entry);
  const imported = performance.now();
  return { imported, answer: createMongoAbility([{ action: 'read', subject: 'all' }]).can('read', 'page') };
}

const begin = performance.now();
const { imported, answer } = await { doorward, casl }[what]();
const end = performance.now();
process.stdout.write(JSON.stringify({ answer, import: imported - begin, open: end - imported, both: end - begin }));
// What stays open (timers, threads) is no part of the start.
process.exit(0);
