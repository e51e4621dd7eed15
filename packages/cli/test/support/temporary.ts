import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'preflight-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder that goes away with the test file. */
export function temporaryFolder(): string {
  return folder;
}

/** Writes a file that goes away with the test file. Returns its path. */
export function temporaryFile(name: string, content: unknown): string {
  const path = join(folder, name);
  const isText = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(path, isText ? content : JSON.stringify(content, null, 2));
  return path;
}
