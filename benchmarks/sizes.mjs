import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** Bytes of a small application that checks, bundled and minified, and what in it takes the most. */
export async function browserBundle(app = 'app.js') {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(app, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    outdir: 'out',
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  const largest = Object.entries(inputs)
    .map(([path, { bytesInOutput }]) => [path.replace(/^.*packages\//, ''), bytesInOutput])
    .toSorted(([, a], [, b]) => b - a);
  const [{ contents }] = outputFiles;
  return { raw: contents.length, gzip: gzip(contents), largest: Object.fromEntries(largest.slice(0, 5)) };
}

/** Bytes of checker.wasm. */
export function checkerModule() {
  const bytes = readFileSync(new URL('../packages/checker-wasm/dist/checker.wasm', import.meta.url));
  return { raw: bytes.length, gzip: gzip(bytes) };
}
