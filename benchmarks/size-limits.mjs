// Fails where what a page loads has grown beyond its limit. Usage, after a build: npm run size
import { browserBundle, checkerModule } from './sizes.mjs';

const bundle = await browserBundle();
const both = await browserBundle('app-hopper.js');
const module = checkerModule();
const limits = [
  ['a page that checks, gzip', bundle.gzip, 20 * 1024],
  ['with hopper-native@1, too', both.gzip, 22 * 1024],
  ['checker.wasm', module.raw, 16 * 1024],
  ['checker.wasm, gzip', module.gzip, 6 * 1024],
];
for (const [what, bytes, limit] of limits) {
  const grouped = (number) => number.toLocaleString('en-US').padStart(7);
  console.log(`${bytes > limit ? '✗' : '✓'} ${what.padEnd(26)} ${grouped(bytes)} of ${grouped(limit)} bytes`);
  if (bytes > limit) process.exitCode = 1;
}
if (process.exitCode === 1) console.log(`largest in the page: ${JSON.stringify(bundle.largest)}`);
