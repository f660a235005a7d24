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
  void register();
}

async function register(): Promise<void> {
  try {
    const registration = await navigator.serviceWorker.register('./sw.js', { updateViaCache: 'none' });
    const watch = () => {
      const coming = registration.installing;
      // The first one is no update.
      if (coming === null || navigator.serviceWorker.controller === null) return;
      coming.addEventListener('statechange', () => {
        if (coming.state === 'activated') page.say('A new version is here. It is used from the next load on.', 'info');
      });
    };
    // One that was found before this page listened is already on its way.
    watch();
    registration.addEventListener('updatefound', watch);
  } catch {
    // No worker (private window, plain http): the page works, but not offline.
  }
}
