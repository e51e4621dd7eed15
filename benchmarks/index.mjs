// Every benchmark, one after the other. Usage, after a build: npm run bench [-- --json]
await import('./checker.mjs');
await import('./search.mjs');
await import('./startup.mjs');
await import('./cli-cold.mjs');
await import('./browser-bundle.mjs');
await import('./playground.mjs');
