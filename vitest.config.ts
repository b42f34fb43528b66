import { defineConfig } from 'vitest/config';

// Unit tests run everywhere; `integration` and `e2e` start real servers (Redis, Prometheus) that .ci/run installs, `built`
// those that are built from source first (a control plane, Helm, InfluxDB …), which takes a cold machine a while.
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    coverage: { provider: 'v8', include: ['service/**', 'schemas/**'], reporter: ['text-summary', 'html'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{integration,built}.test.ts', 'test/e2e/**'],
        },
      },
      {
        extends: true,
        test: { name: 'integration', include: ['test/**/*.integration.test.ts'], testTimeout: 120_000 },
      },
      {
        extends: true,
        test: { name: 'built', include: ['test/**/*.built.test.ts'], testTimeout: 240_000 },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['test/**/*.built.test.ts'],
          testTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
