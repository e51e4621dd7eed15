import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A machine that is busy with something else is no failure.
    testTimeout: 30_000,
  },
});
