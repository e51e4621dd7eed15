import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createCheckerSync } from '@gemm-preflight/checker-wasm';
import { ruleCatalog, ruleSetNames } from '@gemm-preflight/types';
import { build } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInput } from '../src/exchange/read-input.js';
import { sarifLog } from '../src/exchange/sarif.js';
import { caseJson, forms, write } from '../src/exchange/write-output.js';
import { asOptions, firstOptions } from '../src/state/options.js';
import { firstState } from '../src/state/state.js';

const root = new URL('../../../', import.meta.url);

describe('what goes out', () => {
  const written = {
    options: { ...firstOptions, numStages: 20 },
    target: 'b200',
    ruleSet: firstState.ruleSet,
  } as const;
  const checker = createCheckerSync();

  it('is read again as it was', () => {
    expect(readInput(caseJson(written))).toMatchObject({
      kind: 'case',
      case: { target: 'b200', options: written.options },
    });
  });

  /** Texts that end a quotation, a heredoc, a line or a program where they are not escaped. */
  const hostile = [
    'x": 1}\nJSON\ntouch PWNED\ncat <<\'JSON\'\n{"y',
    'JSON',
    '\nJSON\n',
    "'; touch PWNED; '",
    `$(touch PWNED) \`touch PWNED\` $${'{HOME}'} \\`,
    "'+globalThis.pwned()+'",
    "it's \\' \\",
    '"; globalThis.pwned(); "',
    `$${'{globalThis.pwned()}'}`,
    '*/ globalThis.pwned() /*',
    'constructor() { globalThis.pwned() }, a',
    '__proto__',
    'a\u2028b\u2029c\u0000d\u001be\u007ff\u009bg\u202eh\ud800',
    'class',
    '1',
    '',
  ];
  const text = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary' }));
  const hostileOptions = fc.array(fc.tuple(text, fc.oneof(text, fc.array(text), fc.jsonValue())), {
    minLength: 1,
    maxLength: 8,
  });
  /** Objects with `__proto__` as a name like any other. */
  const optionsOf = (entries: readonly (readonly [string, unknown])[]) =>
    Object.fromEntries(entries.map(([name, value]) => [name, JSON.parse(JSON.stringify(value))]));
  const everyPlace = optionsOf(
    hostile.flatMap((one) => [
      [one, one],
      [`of ${one}`, { [one]: [one] }],
    ]),
  );

  /** Runs a copied command with a `npx` that hands on what it is given. */
  function runCommand(options: Record<string, unknown>): unknown {
    const folder = mkdtempSync(join(tmpdir(), 'preflight-command-'));
    try {
      writeFileSync(join(folder, 'npx'), '#!/bin/sh\nprintf "%s\\n" "$@" > given\ncat\n', { mode: 0o755 });
      const { stdout, stderr, status } = spawnSync('bash', [], {
        cwd: folder,
        input: write('command', { ...written, options }),
        encoding: 'utf8',
        env: { PATH: `${folder}:${process.env['PATH']}` },
      });
      expect([stderr, status]).toEqual(['', 0]);
      expect(readFileSync(join(folder, 'given'), 'utf8')).toBe('preflight\ncheck\n-\n');
      expect(existsSync(join(folder, 'PWNED'))).toBe(false);
      return JSON.parse(stdout);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('as a command is one command, whatever the names and values', () => {
    expect(runCommand(everyPlace)).toMatchObject({ target: 'b200', options: everyPlace });
    fc.assert(
      fc.property(hostileOptions, (entries) => {
        const options = optionsOf(entries);
        expect(runCommand(options)).toEqual({
          target: 'b200',
          ruleSet: written.ruleSet,
          options,
        });
      }),
      { numRuns: 25 },
    );
  });

  it('in every form has nothing that a terminal or an editor would obey instead of showing it', () => {
    for (const form of forms) {
      expect(write(form, { ...written, options: everyPlace })).not.toMatch(
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800]/,
      );
    }
  });

  /** What a copied module's options are when it runs. */
  function optionsOfModule(options: Record<string, unknown>): unknown {
    const module = write('TypeScript', { ...written, options });
    const [, literal] =
      /export const options: BatchedGemmOptions = (\{\n[\s\S]*?\n\});\n\n/.exec(module) ?? [];
    return new Function('globalThis', `return ${literal}`)({
      pwned: () => {
        throw new Error('a value ran as code');
      },
    });
  }

  it('as TypeScript means what it meant, whatever the names and values', () => {
    expect(optionsOfModule(everyPlace)).toEqual(everyPlace);
    expect(Object.keys(optionsOfModule(everyPlace) as object).sort()).toEqual(Object.keys(everyPlace).sort());
    fc.assert(
      fc.property(hostileOptions, (entries) => {
        const options = optionsOf(entries);
        expect(optionsOfModule(options)).toEqual(options);
      }),
    );
  });

  it('as SARIF is a log of whatever the options are', () => {
    const result = checker.check(asOptions(everyPlace), 'b200');
    const log = JSON.parse(
      sarifLog(result, {
        json: caseJson({ ...written, options: everyPlace }),
        uri: 'c.json',
        target: 'b200',
        ruleSet: written.ruleSet,
      }),
    );
    expect(log.runs[0].results).toHaveLength(result.diagnostics.length);
  });

  it('as TypeScript passes the strictest of compilers', () => {
    const folder = mkdtempSync(join(tmpdir(), 'preflight-types-'));
    try {
      symlinkSync(fileURLToPath(new URL('node_modules', root)), join(folder, 'node_modules'));
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      const compilerOptions = { noEmit: true, types: [], skipLibCheck: false };
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({
          extends: fileURLToPath(new URL('tsconfig.base.json', root)),
          compilerOptions: { ...compilerOptions, lib: ['es2023', 'dom', 'esnext.disposable'] },
          include: ['*.ts'],
        }),
      );
      for (const [i, ruleSet] of ruleSetNames.entries()) {
        writeFileSync(join(folder, `all-${i}.ts`), write('TypeScript', { ...written, ruleSet }));
      }
      const withTolerances = { ...firstOptions, atol: 0.01, rtol: 1e-3, batchedM: [1, 2] };
      writeFileSync(join(folder, 'more.ts'), write('TypeScript', { ...written, options: withTolerances }));
      const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));
      const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
      expect([stdout, status]).toEqual(['', 0]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('compiles as TypeScript, and checks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'preflight-typescript-'));
    try {
      writeFileSync(join(folder, 'options.ts'), write('TypeScript', written));
      const { outputFiles } = await build({
        entryPoints: [join(folder, 'options.ts')],
        bundle: true,
        format: 'esm',
        write: false,
        nodePaths: [new URL('node_modules', root).pathname],
      });
      writeFileSync(join(folder, 'options.mjs'), outputFiles[0]?.text ?? '');
      const { options, result } = await import(pathToFileURL(join(folder, 'options.mjs')).href);
      expect(options).toEqual(written.options);
      expect(JSON.stringify(result.diagnostics)).toContain('shared-memory-limit');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('as SARIF has each finding at its option, and its fixes', () => {
    const json = caseJson(written);
    const result = checker.check(asOptions(written.options), 'b200');
    const log = JSON.parse(
      sarifLog(result, {
        json,
        uri: 'c.json',
        target: 'b200',
        ruleSet: written.ruleSet,
        rulesAt: 'https://example.org/tools/preflight/rules/',
      }),
    );
    const [run] = log.runs;
    expect(run.results.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual(
      result.diagnostics.map(({ rule }) => rule),
    );
    const limit = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === 'shared-memory-limit');
    expect(limit.level).toBe('error');
    const [{ deletedRegion, insertedContent }] = limit.fixes[0].artifactChanges[0].replacements;
    const line = json.split('\n')[deletedRegion.startLine - 1] ?? '';
    expect(line.slice(deletedRegion.startColumn - 1, deletedRegion.endColumn - 1)).toBe('20');
    expect(Number(insertedContent.text)).toBeLessThan(20);
    const cli = JSON.parse(readFileSync(new URL('packages/cli/package.json', root), 'utf8'));
    expect(run.tool.driver.semanticVersion).toBe(cli.version);
    for (const { id, help, helpUri } of run.tool.driver.rules) {
      expect(ruleCatalog.some(({ name }) => name === id)).toBe(true);
      expect(help.text).toContain('Why: ');
      expect(help.markdown).toContain(`preflight explain ${id}`);
      expect(helpUri).toBe(`https://example.org/tools/preflight/rules/${id}.html`);
    }
  });
});
