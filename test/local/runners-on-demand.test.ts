/** How many runners there are: one, and another where one is not enough. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { makePlace, type Place, until } from "./fake/holdfast.ts";

let place: Place;
beforeEach(async () => {
  place = await makePlace("on-demand");
});
afterEach(() => place.end());

// A runner that the machine gives no time looks blocked, and brings the second rightly: such a time does not last.
const patience = { retry: 2 };

test(
  "one runner does what one can do; many runs that stay for a while bring the second, and no third",
  patience,
  async () => {
    const holdfast = await place.start();
    const first = await holdfast.runners();
    for (let run = 0; run < 3; run++) await holdfast.finished(await holdfast.trigger("quick", {}));
    expect([first.length, await holdfast.runners()]).toEqual([1, first]);

    const file = place.file("steps");
    const steps = { count: 150, ms: 20, file };
    const ids = await Promise.all(Array.from({ length: 30 }, () => holdfast.trigger("steps", steps)));
    await until("there is another", async () => (await holdfast.runners()).length === 2);
    for (const id of ids) expect((await holdfast.finished(id)).status).toBe("COMPLETED");
    expect((await holdfast.runners()).length).toBe(2);
  },
);

test("a run that blocks its runner brings the second, where the others go on", async () => {
  const holdfast = await place.start();
  const [first] = await holdfast.runners();
  await holdfast.trigger("blocks", { ms: 600_000, file: place.file("blocks") });
  await until("the runner is blocked", () => place.lines("blocks").length === 1);
  const { status, output } = await holdfast.finished(await holdfast.trigger("quick", {}));
  expect(status).toBe("COMPLETED");
  expect((output as { pid: number }).pid).not.toBe(first);
});

test("with one runner as the most there is no other", async () => {
  const holdfast = await place.start({ env: { FAKE_RUNNERS: "1" } });
  const ids = await Promise.all(Array.from({ length: 30 }, () => holdfast.trigger("quick", {})));
  for (const id of ids) await holdfast.finished(id);
  expect((await holdfast.runners()).length).toBe(1);
});
