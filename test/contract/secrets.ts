import { describe, expect, test } from "vitest";
import { claim, repin, yieldPass } from "../../engine/head-write.ts";
import { aRun } from "./runs.ts";
import type { Current } from "./store.ts";

/** What a store promises of the version of the secrets that a run is on. */
export function secretPromises(current: Current): void {
  const counts = { activeMs: 0, attempts: 0, lastNumber: 0 };

  describe("the version of the secrets", () => {
    test("is the one of the first claim, whatever later claims say; no other write changes it", async () => {
      const { store } = current();
      const { run } = await store.create(aRun({}));
      const seen: unknown[] = [];
      for (const version of ["v1", "v2", undefined]) {
        const claimed = await store.write(run.id, claim("me", 1_000, undefined, undefined, version));
        seen.push(claimed.run?.secretVersion);
        const lease = { runId: run.id, owner: "me", epoch: claimed.run?.epoch ?? 0 };
        seen.push((await store.write(run.id, yieldPass(lease, 2_000, counts))).run?.secretVersion);
      }
      expect(seen).toStrictEqual(["v1", "v1", "v1", "v1", "v1", "v1"]);
      expect((await store.read(run.id))?.secretVersion).toBe("v1");
    });

    test("is changed by who holds the run, with a note of the one that was gone; by nobody else", async () => {
      const { store } = current();
      const { run } = await store.create(aRun({}));
      const claimed = await store.write(run.id, claim("me", 1_000, undefined, undefined, "v1"));
      const lease = { runId: run.id, owner: "me", epoch: claimed.run?.epoch ?? 0 };
      const note = { version: "v1", at: 2_000 };
      expect(
        (await store.write(run.id, repin({ ...lease, owner: "other" }, 2_000, "v3", note))).applied,
      ).toBe(false);
      expect((await store.write(run.id, repin(lease, 2_000, "v2", note))).applied).toBe(true);
      expect(await store.read(run.id)).toMatchObject({ secretVersion: "v2", secretReplaced: note });
      await store.write(run.id, repin(lease, 3_000, undefined, undefined));
      const now = await store.read(run.id);
      expect([now?.secretVersion, now?.secretReplaced]).toStrictEqual([undefined, note]);
    });
  });
}
