import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { catalogs } from './plugins/catalogs.js';
import { contentPolicy } from './plugins/content-policy.js';
import { rulePages } from './plugins/rule-pages.js';
import { serviceWorker } from './plugins/service-worker.js';

export default defineConfig({
  // Relative addresses, so that the folder works wherever it is copied to.
  base: './',
  plugins: [react(), catalogs(), rulePages(), contentPolicy(), serviceWorker()],
  build: {
    target: 'es2023',
    // A data: address would have to be allowed by the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  preview: { port: 4173, strictPort: false },
});
