/** Thousands of dead letters resumed by one command, in calls of the store and requests: as in AWS, where nothing looks ahead. */
import { expect, test, vi } from "vitest";
import { idsOf, plansOf, resumeAll } from "../../cli/resume-many.ts";
import { startRun } from "../../engine/start.ts";
import { end, type World, world } from "../functions/world.ts";
import { clientOf } from "../sdk/client-of.ts";

const many = 4_000;
const options = { code: "newest", redo: [], keep: [] } as const;
const quiet = (): void => {};

/** So many runs that have failed of this; the oldest first. */
async function failed(w: World, count: number, message: string): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const asked = { task: "order", payload: n, codeVersion: "20260101.1", source: "api" } as const;
    const { run } = await startRun(w.ports, asked);
    await end(w, run.id, "failed", { error: { name: "TypeError", message } });
    ids.push(run.id);
  }
  w.rings();
  return ids;
}

test("4,000 failed runs are resumed with two reads and one write each, and one read for a plan; what fails of something else stays, and what somebody else has resumed meanwhile is told", async () => {
  const w = world({
    shift: (() => {
      let at = 0;
      return () => at++;
    })(),
  });
  const broken = await failed(w, many, "cannot read xs");
  const others = await failed(w, 50, "the shop is closed");
  const { store } = w.ports;
  const spies = {
    read: vi.spyOn(store, "read"),
    write: vi.spyOn(store, "write"),
    list: vi.spyOn(store, "list"),
  };
  const calls = () =>
    Object.fromEntries(Object.entries(spies).map(([name, spy]) => [name, spy.mock.calls.length]));
  const { client, requests } = clientOf(w);

  const ids = await idsOf(client, { error: "cannot read" }, quiet);
  expect(ids).toEqual(broken);
  // Each page but the first begins with a look at the run that it goes on from.
  expect([calls(), requests.length]).toEqual([{ read: 40, write: 0, list: 41 }, 41]);

  const plans = await plansOf(client, ids, options, quiet);
  expect(new Set(plans.map(({ without }) => without?.includes("Nothing looks ahead here")))).toEqual(
    new Set([true]),
  );
  expect([calls(), requests.length]).toEqual([{ read: 40 + many, write: 0, list: 41 }, 41 + many]);

  const taken = ids[2_000] ?? "";
  await client.resumeRun(taken, options);
  const told: (string | number | undefined)[] = [];
  const done = await resumeAll(client, plans, (count, of) => void told.push(`${count} of ${of}`));
  expect(done.filter(({ not }) => not !== undefined)).toEqual([
    { id: taken, not: expect.stringContaining(taken) },
  ]);
  expect([told.length, told.at(-1)]).toEqual([many, `${many} of ${many}`]);
  expect(calls()).toEqual({ read: 40 + many + 2 * (many + 1), write: many, list: 41 });
  expect(w.rings().sort()).toEqual([...broken].sort());

  const after = new Map((await store.list({ limit: 9_999 })).runs.map((run) => [run.id, run]));
  expect(
    broken.filter((id) => after.get(id)?.status !== "QUEUED" || after.get(id)?.codeVersion !== "20260101.2"),
  ).toEqual([]);
  expect(others.filter((id) => after.get(id)?.status !== "FAILED")).toEqual([]);
  expect(await idsOf(client, { error: "cannot read" }, quiet)).toEqual([]);
});
