import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const template = fileURLToPath(new URL('./sw-template.js', import.meta.url));

/** Writes sw.js, which keeps every file of this build, so that the page works without a network once it has been loaded. */
export function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const hash = createHash('sha256');
      const files = ['icon.svg'];
      for (const [path, file] of Object.entries(bundle)) {
        files.push(path);
        hash.update(path).update(file.type === 'chunk' ? file.code : file.source);
      }
      const source = readFileSync(template, 'utf8')
        .replace('%VERSION%', hash.digest('hex').slice(0, 16))
        .replace("['%FILES%']", JSON.stringify(files.sort()));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}
