import { defineConfig } from 'vitest/config';

/** A test says what happened before the watchdog, never how long it took. */
const WATCHDOG_MS = 10_000;
const common = { testTimeout: WATCHDOG_MS, hookTimeout: WATCHDOG_MS, pool: 'forks' as const };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...common, name: 'api', include: ['tests/api/*.spec.ts'] } },
      { test: { ...common, name: 'conformance', include: ['tests/conformance/**/*.spec.ts'] } },
      { test: { ...common, name: 'differential', include: ['tests/differential/*.spec.ts'] } },
    ],
  },
});
