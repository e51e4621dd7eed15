// How large the checker is in a page: app.js, bundled by esbuild, minified, gzip -9.
import { print } from './report.mjs';
import { browserBundle } from './sizes.mjs';

const { gzip, raw, largest } = await browserBundle();
print('browser-bundle', gzip, 'bytes', { raw, largest });
