import { fileURLToPath } from 'node:url';
import { explanationOf, optionFields, ruleCatalog, schemas } from '@gemm-preflight/types';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { describe, expect, it } from 'vitest';

// What a page loads that checks and does no more; `npm run size` measures the same.

const root = fileURLToPath(new URL('../../../', import.meta.url));
const app = `${root}benchmarks/app.js`;

async function byEsbuild(): Promise<string> {
  const { outputFiles } = await esbuild({
    entryPoints: [app],
    bundle: true,
    format: 'esm',
    charset: 'utf8',
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('');
}

async function byVite(): Promise<string> {
  const built = await vite({
    root,
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, rollupOptions: { input: app } },
  });
  if (!('output' in built)) throw new Error('Vite built more than one bundle, or watches');
  return built.output.map((file) => (file.type === 'chunk' ? file.code : '')).join('');
}

describe.each([
  ['esbuild', byEsbuild],
  ['Vite', byVite],
])('a page that checks, bundled by %s', async (_, bundle) => {
  const code = await bundle();

  it('has the texts of diagnostics', () => {
    expect(code).toContain('is no multiple of tileK');
    expect(code).toContain('the kernel was built for');
  });

  it('has no explanations of rules', () => {
    const texts = ruleCatalog.flatMap((rule) => Object.values(explanationOf(rule)));
    expect(texts.filter((text) => code.includes(text))).toEqual([]);
  });

  it('has no descriptions of options', () => {
    expect(optionFields.filter(({ description }) => code.includes(description))).toEqual([]);
  });

  it('has no schemas', () => {
    for (const { $id } of Object.values(schemas)) expect(code).not.toContain($id);
  });

  it.each([
    ['searches', 'has no value to try'],
    ['plans of launches', 'the launch geometry is not known'],
    ['selection of kernels', 'tensorCores'],
    ['other rule sets', 'hopper-native'],
    ['checks of many', 'these are no packed options'],
    ['rates of GPUs', 'memoryBandwidth'],
  ])('has no %s', (_, text) => {
    expect(code).not.toContain(text);
  });
});
