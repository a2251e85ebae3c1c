import { defineConfig } from "vitest/config";

/** `npm test` runs `quick`; `test:heavy`, `test:proof`, `test:aws`, `test:browser` and `test:package` the others; `.ci/run` runs all. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    globalSetup: ["test/setup/build.ts", "test/setup/seed.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: [
            "test/heavy/**",
            "test/proof/**",
            "test/package/**",
            "test/browser/**",
            "test/aws*/**",
            "test/packages/**",
          ],
          // Left to itself it takes one on two cores, and half of the time that one waits.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "heavy",
          include: ["test/heavy/**/*.test.ts"],
          testTimeout: 900_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "proof",
          include: ["test/proof/**/*.test.ts"],
          maxWorkers: 2,
          testTimeout: 900_000,
        },
      },
      {
        extends: true,
        test: {
          name: "aws",
          include: ["test/aws*/**/*.test.ts"],
          globalSetup: ["test/setup/build.ts", "test/setup/seed.ts", "test/setup/dynamodb.ts"],
          // They wait as often as they work: for leases to end, for time-outs. Alone, half of the machine would be idle.
          maxWorkers: 2,
          expect: { poll: { timeout: 10_000 } },
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "packages",
          include: ["test/packages/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: "package",
          include: ["test/package/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
