// Writes docs/rules: a page a rule, and their index. Usage: npm run generate:docs
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// dist/ holds bundles of the commands; the pages are made from the sources.
const { outputFiles } = await build({
  stdin: {
    contents: `export { pagesFolder } from './page-place.js'; export { rulePages } from './pages.js';`,
    resolveDir: fileURLToPath(new URL('../src/explain/', import.meta.url)),
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  write: false,
});
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const { pagesFolder, rulePages } = await import(`data:text/javascript;base64,${source}`);

const folder = new URL(`../../../${pagesFolder}/`, import.meta.url);
mkdirSync(folder, { recursive: true });
const pages = rulePages();
for (const name of readdirSync(folder)) {
  if (name.endsWith('.md') && !pages.has(name)) rmSync(new URL(name, folder));
}
for (const [name, text] of pages) writeFileSync(new URL(name, folder), text);
