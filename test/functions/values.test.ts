/** The values of a run: exact, large, gone. */
import { describe, expect, test } from "vitest";
import { encode } from "../../engine/codec.ts";
import { end, get, refusal, trigger, world } from "./world.ts";

describe("values", () => {
  const strange = { at: new Date(0), big: 12n, map: new Map([["a", 1]]), missing: undefined };
  test("that JSON cannot carry are shown as JSON and given as codec text", async () => {
    const w = world();
    const id = await trigger(w, { payload: encode(strange).text, payloadType: "holdfast/codec" });
    await end(w, id, "completed", { output: undefined });
    const run = await get(w, `/api/v3/runs/${id}`);
    expect(run).toMatchObject({
      payload: { at: "1970-01-01T00:00:00.000Z", big: "12", map: [["a", 1]] },
      payloadType: "holdfast/codec",
      payloadText: encode(strange).text,
    });
    expect("output" in run).toBe(false);
  });
  test("that Trigger.dev's own client wraps, as text, are taken out; what is no such text is refused", async () => {
    const w = world();
    const options = {
      payloadType: "application/super+json",
      payloadSize: 16,
      idempotencyKeyOptions: { key: "k" },
    };
    const id = await trigger(w, { payload: '{"json":{"n":1}}', options });
    expect(await get(w, `/api/v3/runs/${id}`)).toMatchObject({ payload: { n: 1 } });
    for (const payload of ["{", 7])
      expect((await w.send("POST", "/api/v1/tasks/order/trigger", { payload, options })).status).toBe(422);
  });
  test("over 4 MB come as a link that needs no key, ends, and opens nothing else", async () => {
    let shift = 0;
    const w = world({ shift: () => shift, publicUrl: "https://tasks.example.com/" });
    const id = await trigger(w);
    const output = { text: "x".repeat(5 * 1024 * 1024), at: new Date(0) };
    await end(w, id, "completed", { output });
    const run = await get(w, `/api/v3/runs/${id}`);
    const link = String(run.outputPresignedUrl);
    expect(run).toMatchObject({ payload: 1, outputType: "holdfast/codec" });
    expect("output" in run).toBe(false);
    expect(link).toMatch(
      /^https:\/\/tasks\.example\.com\/api\/v1\/packets\/\w+\?expires=\d+&signature=[\w-]+$/,
    );
    const path = link.slice("https://tasks.example.com".length);
    const answer = await w.app.request(path);
    expect([answer.status, answer.headers.get("x-holdfast-type"), await answer.text()]).toEqual([
      200,
      "holdfast/codec",
      encode(output).text,
    ]);
    expect(await (await w.app.request(`${path}&as=json`)).json()).toMatchObject({
      at: "1970-01-01T00:00:00.000Z",
    });
    const other = await w.ports.spill.put("another value");
    const changed = [
      path.replace(/packets\/\w+/, `packets/${other}`),
      path.replace(/expires=\d+/, "expires=99999999999"),
      path.replace(/signature=.*/, "signature="),
      path.replace(/\?.*/, ""),
    ];
    for (const each of changed)
      expect(await refusal(await w.app.request(each))).toMatchObject({ status: 401, code: "HF202" });
    expect(await refusal(await w.app.request(`${path}&x=1`))).toMatchObject({ status: 422, code: "HF207" });
    shift = 3_700_000;
    expect(await refusal(await w.app.request(path))).toMatchObject({ status: 401, code: "HF202" });
  });
  test("together never make an answer larger than it can be", async () => {
    const w = world();
    const id = await trigger(w, { payload: "p".repeat(2_500_000) });
    await end(w, id, "completed", { output: "o".repeat(3_000_000) });
    const run = await get(w, `/api/v3/runs/${id}`);
    expect([typeof run.output, typeof run.payload, typeof run.payloadPresignedUrl]).toEqual([
      "string",
      "undefined",
      "string",
    ]);
  });
  test("that would be large once as JSON and once as codec text come as a link too", async () => {
    const w = world();
    const id = await trigger(w);
    await end(w, id, "completed", { output: { text: "x".repeat(2_500_000), at: new Date(0) } });
    const run = await get(w, `/api/v3/runs/${id}`);
    expect([typeof run.output, typeof run.outputText, typeof run.outputPresignedUrl]).toEqual([
      "undefined",
      "undefined",
      "string",
    ]);
  });
  test("that are gone or cannot be read hide nothing else of the run", async () => {
    const w = world();
    const id = await trigger(w, { payload: "p".repeat(40_000) });
    w.ports.spill.texts.clear();
    await end(w, id, "completed", { output: 1 });
    expect(await get(w, `/api/v3/runs/${id}`)).toMatchObject({ output: 1, payloadError: { code: "HF305" } });
  });
});
