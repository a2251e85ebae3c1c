/** When a pass gives its run back, and when it waits a little longer. */
import { expect, test } from "vitest";
import { bench } from "./tasks.ts";

test("a promise of the author's own that is awaited behind a wait has its second, whatever else waits", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { await Promise.race([lib.note(), wait.for({ hours: 1 })]); await wait.for({ seconds: 0.9 }); await new Promise<void>((resolve) => lib.after(300, resolve)); } });`,
    {
      note: async () => {},
      after: (ms: number, fn: () => void): void => void world.clock.after(ms, fn),
    },
  );
  const begun = world.clock.now();
  expect((await run("t")).status).toBe("COMPLETED");
  expect(world.passes).toBe(1);
  expect(world.clock.now() - begun).toBeLessThan(2_000);
});
