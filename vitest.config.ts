import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The slow ones, the slowest first. */
const slow = [
  ...["proof/p3", "proof/p8", "proof/p12", "proof/p1", "proof/p14"],
  ...["local/kills", "cli/start", "cli/commands", "promises/secrets", "local/serving", "functions/cron"],
  ...[
    "aws/chaos",
    "aws/years",
    "aws/grants",
    "aws-calls/calls",
    "aws/examples",
    "aws-infra/memory",
    "aws/schedules",
  ],
  ...["aws-infra/synth", "aws-adapters/contract", "aws-infra/bundles", "aws/budgets", "aws-calls/outages"],
].map((name) => `/test/${name}.test.ts`);

/** Begun last, a slow file would keep one core waiting for it. A fresh clone knows no times, so they are named. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = slow.findIndex((name) => moduleId.endsWith(name));
      return found < 0 ? slow.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

/** What every project begins with. */
const always = ["test/setup/build.ts", "test/setup/seed.ts"];

/** CloudFormation's rules, which the CDK asks at each synth, take four seconds to start: `aws-infra/rules` asks them for every kind of stack. */
const synthesizing = { CDK_VALIDATION: "false" };

/** Files that say nothing to each other but by their imports: one process runs many, and loads the engine once. */
const sharing = ["test/{engine,transform,testing,functions,contract}/**/*.test.ts"];

/** `npm test` runs `quick` and `sharing`; `test:heavy`, `test:proof`, `test:aws`, `test:browser` and `test:package` the others; `.ci/run` runs all. */
export default defineConfig({
  test: {
    // What hangs is to end; how slow a machine may be is no test.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 120_000 } },
    pool: "forks",
    sequence: { sequencer: SlowFirst },
    globalSetup: always,
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: [
            ...sharing,
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
          name: "sharing",
          include: sharing,
          isolate: false,
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
          exclude: ["test/aws-infra/**"],
          globalSetup: [...always, "test/setup/builds.ts", "test/setup/dynamodb.ts"],
          // They wait as often as they work: for leases to end, for time-outs. Alone, half of the machine would be idle.
          maxWorkers: 2,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          env: synthesizing,
        },
      },
      {
        extends: true,
        // The CDK takes five seconds of a core to load: once for all of them.
        test: {
          name: "infra",
          include: ["test/aws-infra/**/*.test.ts"],
          globalSetup: [...always, "test/setup/builds.ts"],
          isolate: false,
          maxWorkers: 2,
          env: synthesizing,
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
