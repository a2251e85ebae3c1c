/** A stack whose encryption was taken out: runs that were begun with it are not worked on, and go on once it is back. */
import { expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import type { RingDeps } from "../../functions/answer-ring.ts";
import type { RunPass } from "../../functions/pass-until.ts";
import { withoutKey } from "../../functions/without-key.ts";
import { aRun } from "../contract/runs.ts";
import { completes } from "./lambda-passes.ts";
import { hash, LambdaWorld, ringOf } from "./lambda-world.ts";

class WithoutKey extends LambdaWorld {
  hasKey = false;

  override deps(runPass: RunPass): RingDeps {
    const deps = super.deps(runPass);
    if (this.hasKey) return deps;
    const store = withoutKey({ ...this.store, claimUnseen: deps.claimUnseen });
    return { ...deps, ports: { ...deps.ports, store }, claimUnseen: store.claimUnseen };
  }
}

async function due(w: LambdaWorld, set: { readonly dataKey?: string }): Promise<string> {
  const now = w.clock.now();
  const run = aRun({ codeVersion: `7.${hash}`, createdAt: now, wakeAt: now, ...set });
  await w.store.create(run);
  return run.id;
}

test("a run whose data are sealed is given back before anything of the author's runs, with HF331 in the log", async () => {
  const w = new WithoutKey();
  const sealed = await due(w, { dataKey: "v1.sealed" });
  const clear = await due(w, {});
  const begun: string[] = [];
  const failures = await w.invoke(
    async (ports, options) => {
      begun.push(options.runId);
      return completes(ports, options);
    },
    [ringOf(sealed), ringOf(clear)],
  );
  expect(begun).toEqual([clear]);
  expect(failures).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
  expect(JSON.stringify(w.lines)).toContain(`HF331 Run ${sealed} was begun with encryption`);
  const { status, owner, deaths, attempts } = await w.run(sealed);
  expect([status, owner, deaths, attempts]).toEqual(["QUEUED", undefined, 0, 0]);
});

test("neither is one whose pass had died before the encryption was taken out", async () => {
  const w = new WithoutKey();
  const sealed = await due(w, { dataKey: "v1.sealed" });
  await w.store.write(sealed, claim("gone", w.clock.now(), w.clock.now() + 1_000));
  await w.clock.advance(60_000);
  await w.invoke(completes, [ringOf(sealed)]);
  expect(JSON.stringify(w.lines)).toContain(`HF331 Run ${sealed}`);
  expect(await w.run(sealed)).toMatchObject({ status: "QUEUED", deaths: 1, attempts: 0 });
});

test("a run that was given back for want of its key goes on once that is there", async () => {
  const w = new WithoutKey();
  const sealed = await due(w, { dataKey: "v1.sealed" });
  await w.invoke(completes, [ringOf(sealed)]);
  await w.clock.advance(60_000);
  w.bell.take();
  await w.tick();
  expect(w.bell.take().map(({ runId }) => runId)).toEqual([sealed]);
  w.hasKey = true;
  await w.invoke(completes, [ringOf(sealed)]);
  expect((await w.run(sealed)).status).toBe("COMPLETED");
});
