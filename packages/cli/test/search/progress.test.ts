import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { progressLine } from '../../src/search/progress.js';

function terminal(errorColumns: number | undefined) {
  let text = '';
  let now = 0;
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const io = { stdin: new PassThrough(), stdout: stderr, stderr, env: {}, cwd: '/', isTty: false };
  const line = progressLine({ ...io, color: false, columns: undefined, errorColumns }, () => now);
  return {
    line,
    text: () => text,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

const half = { total: 2_000_000, decided: 1_000_000, valid: 1234 };

describe('the progress line', () => {
  it('shows counts, rate and what is valid so far, in place of what it showed before', () => {
    const { line, text, wait } = terminal(100);
    wait(500);
    line.update(half);
    expect(text()).toBe(
      `\r\u001b[K${'█'.repeat(12)}${'░'.repeat(12)} 50 %  1,000,000 of 2,000,000  2 M/s  1,234 valid`,
    );
    wait(500);
    line.end({ ...half, decided: 2_000_000 });
    expect(text()).toContain(' valid\r\u001b[K2,000,000 configurations in 1 s, 2 M/s\n');
  });

  it('is written ten times a second at most', () => {
    const { line, text, wait } = terminal(100);
    for (let i = 0; i < 1000; i++) {
      wait(1);
      line.update(half);
    }
    expect(text().split('\r')).toHaveLength(11);
  });

  it.each([
    [100, 12, '50 %  2,000,000,000,000,000 of 4,000,000,000,000,000  200 M/s  1,234,000,000,000 valid'],
    [80, 24, '50 %  2.00e15 of 4.00e15  200 M/s  1.23e12 valid'],
    [72, 22, '50 %  2.00e15 of 4.00e15  200 M/s  1.23e12 valid'],
    [50, 20, '50 %  200 M/s  1.23e12 valid'],
    [31, 10, '50 %  1.23e12 valid'],
    [20, 14, '50 %'],
    [6, 0, '50 %'],
    [4, 0, '50 '],
  ])('keeps room for the bar on a terminal of %d columns, and cuts nothing off', (columns, bar, rest) => {
    const { line, text, wait } = terminal(columns);
    wait(1e10);
    line.update({ total: 4e15, decided: 2e15, valid: 1.234e12 });
    const full = '█'.repeat(Math.floor(bar / 2));
    expect(text()).toBe(`\r\u001b[K${`${full.padEnd(bar, '░')} ${rest}`.trimStart()}`);
    expect(text().replace('\r\u001b[K', '').length).toBeLessThan(columns);
  });

  it('is silent where nobody watches', () => {
    const { line, text, wait } = terminal(undefined);
    wait(500);
    line.update(half);
    line.end(half);
    expect(text()).toBe('');
  });
});
