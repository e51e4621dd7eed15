// Writes the JSON Schemas, which the package declares in TypeScript, as files that editors and other languages can read.
import { mkdirSync, writeFileSync } from 'node:fs';
import { schemas } from '../dist/index.js';

const folder = new URL('../dist/schemas/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(new URL(`${name}.schema.json`, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
