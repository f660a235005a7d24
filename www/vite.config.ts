import { defineConfig } from 'vite';
import { contentSecurityPolicy, offline } from './offline.ts';

export default defineConfig({
  // Relative, so that the page can live in any folder of any host.
  base: './',
  build: {
    target: 'es2022',
    // These know light-dark(); for older ones the minifier would replace it by a workaround.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    // A data: URL is not in the page's content security policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: 'index.html', sw: 'src/sw.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  worker: { format: 'es' },
  plugins: [contentSecurityPolicy(), offline()],
});
