/** How long the requests of `runs.poll` are held. */
import { afterEach, expect, test, vi } from "vitest";
import { configure } from "../../sdk/config.ts";
import { runs } from "../../sdk/runs.ts";

afterEach(() => vi.unstubAllGlobals());

test.each([
  [undefined, "25"],
  [2_500, "3"],
  [0, "1"],
  [60_000, "25"],
])("runs.poll with a pollIntervalMs of %s holds a request for %s s", async (pollIntervalMs, seconds) => {
  const asked: URL[] = [];
  vi.stubGlobal("fetch", async (input: string | URL | Request) => {
    asked.push(new URL(input instanceof Request ? input.url : input));
    return new Response("{}", { status: 404 });
  });
  configure({ baseURL: "http://localhost:7474", secretKey: "key" });
  const options = pollIntervalMs === undefined ? {} : { pollIntervalMs };
  await expect(runs.poll("run_1", options)).rejects.toMatchObject({ status: 404 });
  expect(asked.map(({ searchParams }) => searchParams.get("wait"))).toEqual([seconds]);
});
