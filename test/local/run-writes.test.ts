/** What a run by itself asks of the disk: a commit with an fsync when it is triggered and when it has ended, and for each record between. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { memorySpill } from "../../engine/memory-ports.ts";
import type { Ports } from "../../engine/ports.ts";
import { Vault } from "../../functions/vault.ts";
import { realChance, realClock } from "../../local/clock.ts";
import { Passes } from "../../local/passes.ts";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { runPass, wakePass } from "../../sdk/host.ts";
import { bench } from "../engine/tasks.ts";
import { makeFolder } from "../world/place.ts";
import { runOf } from "./runs.ts";

const secrets = { version: undefined, values: {}, isReplaced: false };

/** The fsyncs of a run of this body, from its trigger to its end; false: a commit without one. */
async function commitsOf(body: string): Promise<{ commits: boolean[]; output: unknown }> {
  const made = bench(`task({ id: "t", run: async () => { ${body} } });`, {
    work: async (n: number) => n,
    note: () => {},
  });
  const folder = await makeFolder("sqlite");
  onTestFinished(() => folder.remove());
  const commits: boolean[] = [];
  const store = openSqliteStore(join(folder.path, "holdfast.db"), {
    onCommit: (_, isSynced) => commits.push(isSynced),
  });
  onTestFinished(() => store.close());
  const doorbell = { ring: () => {} };
  const ports: Ports = { store, clock: realClock(), doorbell, spill: memorySpill(), chance: realChance() };
  const host = { hostVersion: 1 as const, describeTasks: () => [], wakePass, runPass };
  await new Promise<void>((ended) => {
    const passes = new Passes({
      ...{ ports, owner: "me", solo: false, log: () => {} },
      hosts: { get: async () => host },
      vault: new Vault({ current: async () => undefined, values: async () => secrets }),
      tell: ({ kind }) => void (kind === "ended" && ended()),
    });
    void store
      .create(runOf("a", { task: made.id("t"), payload: { inline: "jnull" } }))
      .then(() => passes.ring("a"));
  });
  return { commits, output: (await store.read("a"))?.output };
}

test("a run of one step asks for two fsyncs, a run of three for four: its last record goes with its end", async () => {
  const one = await commitsOf(
    `let r; for (let i = 0; i < 1; i++) r = await step("s", async () => lib.work(i)); return r;`,
  );
  expect(one).toEqual({ commits: [true, false, true], output: { inline: "j0" } });
  const three = await commitsOf(
    `let r; for (let i = 0; i < 3; i++) r = await step("s", async () => lib.work(i)); return r;`,
  );
  expect(three.commits).toEqual([true, false, true, true, true]);
});

test("a run whose code could see what its last await gave asks for one more", async () => {
  const { commits } = await commitsOf(`const r = await step("s", async () => 1); lib.note(r); return r;`);
  expect(commits).toEqual([true, false, true, true]);
});
