import type { Mode } from './door.ts';
import { page } from './page.ts';

/** Makes the page installable and usable offline; only where it needs no server. */
export function workOffline(mode: Mode): void {
  if (mode.kind !== 'page') return;
  const manifest = document.createElement('link');
  manifest.rel = 'manifest';
  manifest.href = './manifest.webmanifest';
  document.head.append(manifest);
  // A worker over Vite's dev server would serve yesterday's modules.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // Listened for before anything is awaited: a new version may take over at any moment from now on.
  if (navigator.serviceWorker.controller !== null) {
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      page.say('A new version is here. It is used from the next load on.', 'info');
    });
  }
  navigator.serviceWorker.register('./sw.js', { updateViaCache: 'none' }).catch(() => {
    // No worker (private window, plain http): the page works, but not offline.
  });
}
