/** A task whose code and secret change while its runs are under way, and the judge of what each run has seen. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Line } from "./ledger.ts";

export const effectsPerRun = 6;
/** The names of the code, before it is deployed anew and after. */
export const builds = ["the first build", "the second build"] as const;
/** The secret, before it is rotated and after. */
export const secrets = ["the value before", "the value behind"] as const;

const source = (build: string): string => `import { createHash } from "node:crypto";
import { idempotencyKey, secret, step, task, wait } from "holdfast";

const atTop = process.env.ROTATED;
const build = ${JSON.stringify(build)};
const seen = () => [build, ...[secret("ROTATED"), atTop].map((text) => createHash("sha256").update(String(text)).digest("hex"))];

export const pinned = task({
  id: "pinned",
  retry: { maxAttempts: 10, minTimeoutInMs: 100, maxTimeoutInMs: 1_000 },
  run: async ({ ledger, name }: { ledger: string; name: string }) => {
    const all: string[] = [];
    for (let effect = 1; effect <= ${effectsPerRun}; effect++) {
      const made = await step("effect", async () => {
        const answer = await fetch(\`\${ledger}/\${name}/\${effect}\`, {
          method: "POST",
          headers: { "idempotency-key": idempotencyKey() },
        });
        if (answer.status !== 204) throw new Error(\`The ledger answered \${answer.status}.\`);
        return seen();
      });
      all.push(...made, ...seen());
      if (effect === ${effectsPerRun / 2}) await wait.for({ seconds: 2 });
    }
    return [...new Set(all)];
  },
});
`;

/** Puts the code into a folder of tasks. */
export const writeTasks = (folder: string, build: string): Promise<void> =>
  writeFile(join(folder, "pinned.ts"), source(build));

interface Ended {
  readonly id: string;
  readonly status: string;
  readonly output?: unknown;
  readonly [field: string]: unknown;
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What is wrong with runs that have ended, and how many were on each version of the code, and of the secrets. */
export function judgePins(runs: readonly Ended[]) {
  const failed = runs
    .filter(({ status }) => status !== "COMPLETED")
    .map(({ id, status }) => `${id} ${status}`);
  const strayed: string[] = [];
  const codes = new Map<string, Set<string>>();
  const values = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const { id, output, version, secretVersion } of runs) {
    const [build = "", value = "", ...others] = (output ?? []) as string[];
    const place = (builds as readonly string[]).indexOf(build);
    const secret = secrets.findIndex((text) => hash(text) === value);
    // One code and one secret, in each of its passes and effects.
    if (others.length > 0 || place < 0 || secret < 0) strayed.push(`${id} saw ${JSON.stringify(output)}`);
    const add = (map: Map<string, Set<string>>, key: unknown, seen: string): void =>
      void map.set(String(key), (map.get(String(key)) ?? new Set()).add(seen));
    add(codes, version, build);
    add(values, secretVersion, value);
    const kind = `code ${place + 1}, secret ${secret + 1}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  // A version is one code, one secret: whatever the run says that it is on.
  const mixed = [...codes, ...values].filter(([, seen]) => seen.size !== 1).map(([version]) => version);
  return { failed, strayed, mixed, versions: [codes.size, values.size] as const, counts };
}

/** How many runs have made effects before this time and after it: they were in their middle. */
export function crossing(lines: readonly Line[], at: number): number {
  const side = (isBefore: boolean): Set<string> =>
    new Set(lines.filter((line) => line.at < at === isBefore).map(({ run }) => run));
  const after = side(false);
  return [...side(true)].filter((run) => after.has(run)).length;
}
