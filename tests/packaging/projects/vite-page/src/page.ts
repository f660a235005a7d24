import { DoorwardError, open } from 'doorward';
import { indexedDB } from 'doorward/stores/indexeddb';

const password = 'correct horse battery';

async function inPage() {
  const door = await open({ store: indexedDB('stranger'), scopes: [{ name: 'heating.set' }] });
  const first = door.needsSetup;
  if (first) {
    const admin = await door.setUp({ name: 'ann', password });
    await admin.users.add({ name: 'bob', password, scopes: ['heating.set'] });
  }
  const bob = await door.logIn('bob', password);
  const refused = await bob.users.delete('ann').catch((error: unknown) => DoorwardError.is(error) && error.code);
  const seen = { first, can: bob.can('heating.set'), admin: bob.can('admin'), refused };
  await door.close();
  return seen;
}

async function inWorker() {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise((done, failed) => {
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = (event) => failed(new Error(event.message));
  });
}

async function inServiceWorker() {
  await navigator.serviceWorker.register('/sw.js', { type: 'module' });
  await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller === null) {
    await new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done, { once: true }));
  }
  const response = await fetch('/who-am-i');
  return response.ok ? response.json() : response.text();
}

Object.assign(window, { inPage, inWorker, inServiceWorker });
