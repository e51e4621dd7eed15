// Bundles src/ to dist/: one file for what every command needs, and one for what each needs besides. Node takes about a
// millisecond for each file that it loads, and a check would load a hundred.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const { metafile } = await build({
  absWorkingDir: root,
  // The thread of a search is a file of its own beside the bundles, which is where they look for it.
  entryPoints: [
    { in: 'src/main.ts', out: 'main' },
    { in: 'src/search/worker.ts', out: 'worker' },
  ],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  mainFields: ['module', 'main'],
  // What bring files of their own (native code, cubins), or are needed by few commands, stay packages.
  external: Object.keys(dependencies),
  // Some bundled packages are CommonJS, and require what Node has.
  banner: {
    js: "import { createRequire as requireOfCli } from 'node:module';\nconst require = requireOfCli(import.meta.url);",
  },
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
});

/** The folders of the packages of others that the bundle holds. */
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
);
const notices = [...packages].sort().map((folder) => {
  const { name, version } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'));
  const file = readdirSync(`${root}${folder}`).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file to reproduce`);
  return `${name} ${version}\n\n${readFileSync(`${root}${folder}/${file}`, 'utf8').trim()}\n`;
});
writeFileSync(
  `${root}dist/third-party-licences.txt`,
  `The files of this folder contain these packages.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`,
);
