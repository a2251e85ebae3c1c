/** Lists of runs and of dead letters: filters, pages, and queries that are refused. */
import { describe, expect, test } from "vitest";
import { end, get, refusal, trigger, type World, world } from "./world.ts";

describe("a list", () => {
  async function filled(): Promise<{ w: World; ids: string[] }> {
    let shift = -3_600_000;
    const w = world({ shift: () => shift });
    const ids: string[] = [];
    for (const [task, tags] of [
      ["order", "a"],
      ["report", "b"],
      ["order", ["a", "b"]],
      ["report", "c,d"],
    ] as const) {
      ids.push(await trigger(w, { payload: 1, options: { tags } }, task));
      shift += 600_000;
    }
    shift = 0;
    await end(w, ids[0] ?? "", "failed", {
      error: { name: "Error", message: "no" },
      lastGood: { number: 4, name: "charge", at: "tasks/order.ts:12" },
    });
    await end(w, ids[1] ?? "", "completed");
    return { w, ids };
  }
  const listed = async (w: World, query: string, path = "/api/v1/runs") => {
    const { data } = (await get(w, `${path}?${query}`)) as { data: { id: string }[] };
    return data.map(({ id }) => id);
  };
  test("filters by status, task, tag and time, in the long form and the short one", async () => {
    const { w, ids } = await filled();
    const [a, b, c, d] = ids;
    const dateOf = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const wanted: [string, (string | undefined)[]][] = [
      ["", [d, c, b, a]],
      ["status=FAILED", [a]],
      ["filter[status]=FAILED,COMPLETED", [b, a]],
      ["status=FAILED&status=COMPLETED", [b, a]],
      ["task=report", [d, b]],
      ["filter[taskIdentifier]=order,report&status=QUEUED", [d, c]],
      ["tag=a", [c, a]],
      ["filter[tag]=a,b", [c, b, a]],
      ["tag=c,d", [d]],
      ["filter[createdAt][period]=45m", [d, c]],
      ["version=20260101.1", []],
      ["filter[version]=20260101.2,20260101.1&text=REPORT", [d, b]],
      [`text=${a?.slice(-6)}`, [a]],
      ["queue=mails", []],
      [`from=${Date.now() - 45 * 60_000}`, [d, c]],
      [`filter[createdAt][from]=${dateOf(55)}&filter[createdAt][to]=${dateOf(35)}`, [c, b]],
      [`to=${dateOf(45)}`, [b, a]],
    ];
    for (const [query, found] of wanted) expect([query, await listed(w, query)]).toEqual([query, found]);
  });
  test("comes in pages that together hold every run once", async () => {
    const { w, ids } = await filled();
    const first = (await get(w, "/api/v1/runs?page[size]=3")) as {
      data: { id: string }[];
      pagination: { next?: string };
    };
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(1).reverse());
    expect(first.pagination.next).toBe(ids[1]);
    const second = await get(w, `/api/v1/runs?page[size]=3&page[after]=${first.pagination.next}`);
    expect(second).toMatchObject({ data: [{ id: ids[0] }], pagination: {} });
  });
  test("can be gone through backwards: each page says where the one before it ends", async () => {
    const { w, ids } = await filled();
    const [a, b, c, d] = ids;
    type Page = { data: { id: string }[]; pagination: { next?: string; previous?: string } };
    const at = async (query: string): Promise<[string[], Page["pagination"]]> => {
      const { data, pagination } = (await get(w, `/api/v1/runs?page[size]=1&${query}`)) as Page;
      return [data.map(({ id }) => id), pagination];
    };
    expect(await at("")).toEqual([[d], { next: d }]);
    expect(await at(`page[after]=${b}`)).toEqual([[a], { previous: a }]);
    expect(await at(`page[before]=${a}`)).toEqual([[b], { next: b, previous: b }]);
    expect(await at(`page[before]=${b}`)).toEqual([[c], { next: c, previous: c }]);
    expect(await at(`before=${c}`)).toEqual([[d], { next: d }]);
    expect(await at(`before=${d}`)).toEqual([[], {}]);
    expect(await at(`before=${a}&task=order`)).toEqual([[c], { next: c }]);
  });
  test("of dead letters has the error and the last good checkpoint of each", async () => {
    const { w, ids } = await filled();
    expect(await get(w, "/api/v1/dead-letters")).toMatchObject({
      data: [
        {
          id: ids[0],
          status: "FAILED",
          error: { message: "no" },
          lastGood: { number: 4, name: "charge", at: "tasks/order.ts:12" },
        },
      ],
      pagination: {},
    });
    expect(await listed(w, "task=report", "/api/v1/dead-letters")).toEqual([]);
    expect(await listed(w, "task=order&limit=1", "/api/v1/dead-letters")).toEqual([ids[0]]);
  });
  test("with a query that is not understood is refused, never shown whole", async () => {
    const { w } = await filled();
    const wrong = [
      "status=failed",
      "status=",
      "filter[status]=FAILED,",
      "stat=FAILED",
      "__proto__=x",
      "filter[machine]=huge",
      "filter[region]=eu",
      "text=",
      "text=a&text=b",
      `text=${"x".repeat(201)}`,
      "page[before]=run_nope",
      "after=run_1&before=run_1",
      "limit=0",
      "limit=101",
      "limit=ten",
      "limit=1&limit=2",
      "after=run_nope",
      "from=yesterday",
      "from=1h",
      "from=2026-01-01&period=1d",
      "to=2026-13-01",
      "period=",
    ];
    for (const query of wrong) {
      const answer = await refusal(await w.send("GET", `/api/v1/runs?${query}`));
      expect([query, answer.status]).toEqual([query, 422]);
      expect(["HF207", "HF508"]).toContain(answer.code);
    }
    expect(await refusal(await w.send("GET", "/api/v1/dead-letters?status=FAILED"))).toMatchObject({
      status: 422,
      code: "HF207",
    });
  });
});
