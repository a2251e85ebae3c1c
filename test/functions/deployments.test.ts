/** Deployments over HTTP and by the SDK: in Trigger.dev's shape, newest first. */
import { beforeEach, expect, test } from "vitest";
import type { KnownDeployment } from "../../functions/deployments.ts";
import { configure } from "../../sdk/config.ts";
import { deployments } from "../../sdk/deployments.ts";
import { type World, world } from "./world.ts";

const current = "20260101.2";
const day = 86_400_000;
const at = (days: number): number => Date.now() - days * day;

let known: readonly KnownDeployment[];
let w: World;
beforeEach(() => {
  known = [
    { version: "older", at: at(8) },
    { version: current, at: at(3), nodeVersion: "24.4.1" },
    { version: "other", at: at(5) },
  ];
  w = world({ deployments: async () => known });
  const request = ({ method, path }: { method: string; path: string }) => w.send(method, path);
  configure({ transport: { address: "here", request } });
});

test("the version that new runs begin on is told in Trigger.dev's shape, with when it was made", async () => {
  const time = new Date(known[1]?.at ?? 0);
  expect(await deployments.retrieveCurrent()).toEqual({
    ...{ id: current, version: current, shortCode: "20260101", status: "DEPLOYED" },
    ...{ createdAt: time, deployedAt: time, runtime: "node", runtimeVersion: "24.4.1" },
  });
});

test("deployments are listed newest first, in pages, by time and by status", async () => {
  const listed = async (options: Parameters<typeof deployments.list>[0]) =>
    (await deployments.list(options)).data.map(({ version }) => version);
  expect(await listed({})).toEqual([current, "other", "older"]);
  const all: string[] = [];
  for await (const { version } of deployments.list({ limit: 1 })) all.push(version);
  expect(all).toEqual([current, "other", "older"]);
  expect(await listed({ cursor: "other" })).toEqual(["older"]);
  expect(await listed({ period: "6d" })).toEqual([current, "other"]);
  expect(await listed({ from: new Date(at(6)).toISOString(), to: new Date(at(4)).toISOString() })).toEqual([
    "other",
  ]);
  expect(await listed({ status: "DEPLOYED" })).toHaveLength(3);
  expect(await listed({ status: "FAILED" })).toEqual([]);
});

test("a list of deployments that cannot be understood, or goes on from one that has gone, is refused", async () => {
  const refused = async (query: string) => {
    const answer = await w.send("GET", `/api/v1/deployments?${query}`);
    return [answer.status, ((await answer.json()) as { code: string }).code];
  };
  expect(await refused("page[size]=101")).toEqual([422, "HF207"]);
  expect(await refused("status=DONE")).toEqual([422, "HF207"]);
  expect(await refused("period=soon")).toEqual([422, "HF508"]);
  expect(await refused("from=yesterday")).toEqual([422, "HF508"]);
  expect(await refused("page[after]=gone")).toEqual([422, "HF229"]);
  known = [];
  expect((await w.send("GET", "/api/v1/deployments/current")).status).toBe(422);
});
