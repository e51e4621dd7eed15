// The element and the checker as one file, for pages without a bundler.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('../', import.meta.url));

await build({
  absWorkingDir: here,
  entryPoints: ['dist/define.js'],
  outfile: 'dist/preflight-check.js',
  bundle: true,
  minify: true,
  charset: 'utf8',
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
});
