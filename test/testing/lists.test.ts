/** Lists that a task looks at: what it has seen stays what it has seen. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const head = `${imports}
import { configure, queues, runs } from "holdfast";
configure({ transport: { address: "counted", request: (request) => outside.answer(request) } });
`;

/** A server whose list of runs grows by so many with each request: three to a page. */
function growing(by = 1) {
  const asked: string[] = [];
  const at = "2026-01-01T00:00:00.000Z";
  const answer = async ({ path }: { readonly path: string }) => {
    asked.push(path);
    const after = new URL(path, "http://x").searchParams.get("after");
    const first = after === null ? 101 + by * (asked.length - 1) : Number(after.slice(4)) - 1;
    const data = [0, 1, 2].map((n) => ({
      id: `run_${first - n}`,
      taskIdentifier: "t",
      status: "QUEUED",
      createdAt: at,
      updatedAt: at,
    }));
    return Response.json({ data, pagination: { next: data[2]?.id } });
  };
  return { asked, ...outside({ answer }) };
}

test("a page of runs that a task has awaited is recorded: no pass asks for it again, and it goes on to the next one", async () => {
  const { asked } = growing();
  const kit = await kitOf(`${head}
export const t = task({ id: "t", run: async () => {
  const page = await runs.list({ limit: 3, from: new Date(5) });
  await wait.for({ hours: 1 });
  const next = await page.getNextPage();
  await wait.for({ hours: 1 });
  return [page.data.map(({ id }) => id), page.data[0]?.createdAt instanceof Date, page.hasNextPage(), next.data[0]?.id, next.pagination];
} });`);
  const report = await kit.run("t");
  expect(report.output).toEqual([["run_101", "run_100", "run_99"], true, true, "run_98", { next: "run_96" }]);
  expect(asked).toEqual(["/api/v1/runs?from=5&limit=3", "/api/v1/runs?from=5&limit=3&after=run_99"]);
});

test("going through a page that was recorded gives its items and those of the pages behind it, whoever crashes", async () => {
  const { asked } = growing();
  const kit = await kitOf(`${head}
export const t = task({ id: "t", run: async () => {
  const page = await runs.list({ limit: 3 });
  await wait.for({ hours: 1 });
  const seen: string[] = [];
  for await (const { id } of page) {
    seen.push(id);
    if (seen.length === 5) break;
    if (seen.length === 2) await wait.for({ hours: 1 });
  }
  return seen;
} });`);
  const report = await kit.run("t");
  expect(report.output).toEqual(["run_101", "run_100", "run_99", "run_98", "run_97"]);
  expect(asked).toHaveLength(2);
  growing(0);
  expect(await kit.crashEverywhere("t")).toMatchObject({ findings: [] });
});

test("so are the pages of queues, schedules, tokens and bulk actions", async () => {
  const asked: string[] = [];
  const time = "2026-01-01T00:00:00.000Z";
  outside({
    answer: async ({ path }: { readonly path: string }) => {
      asked.push(path);
      const { pathname, searchParams } = new URL(path, "http://x");
      const [page, after] = [searchParams.get("page"), searchParams.get("after")];
      const data = [
        { id: `${pathname} ${page ?? after ?? "first"}`, nextRun: time, createdAt: time, concurrency: {} },
      ];
      if (page === null) return Response.json({ data, pagination: after === "b" ? {} : { next: "b" } });
      return Response.json({ data, pagination: { currentPage: Number(page), totalPages: 2 } });
    },
  });
  const kit = await kitOf(`${head}
export const t = task({ id: "t", run: async () => {
  const pages = [await queues.list({ perPage: 1 }), await schedules.list(), await wait.listTokens({ after: "a" }), await runs.bulk.list({ limit: 1 })];
  await wait.for({ hours: 1 });
  const behind = [];
  for (const page of pages) behind.push(await page.getNextPage());
  await wait.for({ hours: 1 });
  return [...pages, ...behind].map((page) => [page.data[0]?.id, page.hasNextPage()]);
} });`);
  const report = await kit.run("t");
  expect([report.error, report.output]).toEqual([
    undefined,
    [
      ["/api/v1/queues 1", true],
      ["/api/v1/schedules 1", true],
      ["/api/v1/waitpoints/tokens a", true],
      ["/api/v1/bulk-actions first", true],
      ["/api/v1/queues 2", false],
      ["/api/v1/schedules 2", false],
      ["/api/v1/waitpoints/tokens b", false],
      ["/api/v1/bulk-actions b", false],
    ],
  ]);
  expect(asked).toHaveLength(8);
});

test("a page that is kept before it is gone through can be gone through", async () => {
  growing(0);
  const kit = await kitOf(`${head}
export const t = task({ id: "t", run: async () => {
  const list = runs.list({ limit: 3 });
  const seen: string[] = [];
  for await (const { id } of list) {
    seen.push(id);
    if (seen.length === 5) break;
    if (seen.length === 2) await wait.for({ hours: 1 });
  }
  return seen;
} });`);
  const report = await kit.run("t");
  expect(report.error).toBeUndefined();
  expect(report.output).toEqual(["run_101", "run_100", "run_99", "run_98", "run_97"]);
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
});
