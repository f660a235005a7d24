import { defineConfig } from 'vite';
import { contentSecurityPolicy, forEngines, offline } from './offline.ts';

export default defineConfig({
  // Relative, so that the page can live in any folder of any host.
  base: './',
  build: {
    ...forEngines,
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
