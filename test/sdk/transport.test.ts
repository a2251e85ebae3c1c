/** The client over another transport than HTTP: what it carries, and which of its failures are tried again. */
import { describe, expect, test } from "vitest";
import { HoldfastError } from "../../engine/errors.ts";
import { letIn } from "../../functions/auth.ts";
import { apiClient } from "../../sdk/client.ts";
import type { Transport, TransportRequest } from "../../sdk/transport.ts";
import { end, world } from "../functions/world.ts";

/** A client whose transport leads to an app in the same process; `fail` may throw or answer instead of it. */
function carried(fail: (number: number) => Response | undefined = () => undefined) {
  const w = world();
  const requests: TransportRequest[] = [];
  const transport: Transport = {
    address: "orders-api",
    async request(request) {
      requests.push(request);
      const { path, signal: _, ...init } = request;
      const answer = fail(requests.length);
      return answer ?? w.app.fetch(new Request(`http://localhost:7474${path}`, init), { [letIn]: true });
    },
  };
  return { w, requests, client: apiClient({ baseUrl: "", secretKey: undefined, transport }) };
}

test("everything that the client does goes over it, and no key along", async () => {
  const { w, requests, client } = carried();
  const { id } = await client.trigger("order", { at: new Date(5) }, { tags: ["x"] });
  const { runs } = await client.batchTrigger([{ task: "order", payload: 1 }, { task: "report" }]);
  await end(w, id, "completed", { output: 1n });
  expect(await client.retrieveRun(id)).toMatchObject({ payload: { at: new Date(5) }, output: 1n });
  expect((await client.listRuns({ tag: "x" })).data).toMatchObject([{ id }]);
  expect(await client.cancelRun(runs[0]?.id ?? "")).toEqual({ id: runs[0]?.id });
  expect((await client.tasks()).data.map((task) => task.id)).toContain("order");
  expect(await client.checkpoints(id)).toMatchObject({ run: { id } });
  expect(requests.map(({ method, path }) => `${method} ${path}`)).toContain("GET /api/v1/runs?tag=x");
  expect(JSON.stringify(requests.map(({ headers }) => headers))).not.toMatch(/authorization/i);
});

describe("a call that fails", () => {
  test("because no answer came is tried again, with the same request: it starts one run", async () => {
    const { w, requests, client } = carried((number) => {
      if (number === 1) throw new TypeError("socket hang up");
      return number === 2 ? new Response("", { status: 503 }) : undefined;
    });
    await client.trigger("order", 1);
    const keys = requests.map(({ headers }) => headers["x-trigger-request-idempotency-key"]);
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
    expect(await w.runs()).toHaveLength(1);
  });

  test("as the transport says is final is not; one that it calls retryable is", async () => {
    const refused = carried(() => {
      throw new HoldfastError("HF515", "AWS does not let you.", "Ask for it.");
    });
    await expect(refused.client.trigger("order")).rejects.toMatchObject({ code: "HF515" });
    expect(refused.requests).toHaveLength(1);
    const broken = carried((number) => {
      if (number < 3) throw new HoldfastError("HF504", "It broke off.", "Again.", { retryable: true });
      return undefined;
    });
    await broken.client.trigger("order");
    expect(broken.requests).toHaveLength(3);
  });

  test("and must not be made twice is not made twice: resume", async () => {
    const { client, requests } = carried(() => {
      throw new TypeError("socket hang up");
    });
    await expect(client.resumeRun("run_1")).rejects.toThrow(
      /HF504 The server at orders-api could not be reached/,
    );
    expect(requests).toHaveLength(1);
  });
});
