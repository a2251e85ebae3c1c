/** The trigger option `version`, by real processes: which code a run is worked on by. */
import { expect, onTestFinished, test } from "vitest";
import { makeProject } from "../cli/project.ts";

/** A task that tells its code, and one that starts it from within a run. */
const code = (text: string, more = ""): string => `
import { task, type TriggerOptions } from "holdfast";
export const tells = task({ id: "tells", run: async () => "${text}" });
export const starts = task({
  id: "starts",
  retry: { maxAttempts: 1 },
  run: async (options: TriggerOptions) => (await tells.trigger(undefined, options)).id,
});
export const waits = task({
  id: "waits",
  retry: { maxAttempts: 1 },
  run: async (options: TriggerOptions) => tells.triggerAndWait(undefined, options).unwrap(),
});
${more}`;

test("a run starts on the code version that its trigger names, from outside and within a run; one that is not kept is refused by name; both are listed as deployments", async () => {
  const old = `export const retired = task({ id: "retired", run: async () => "retired" });`;
  const project = await makeProject({ "tasks/tells.ts": code("first", old) });
  onTestFinished(() => project.end());
  const before = await project.start({ command: "serve" });
  const first = String((await before.finished(await before.trigger("tells", {}))).version);
  await before.stop();

  await project.write("tasks/tells.ts", code("second"));
  const { trigger, finished, request } = await project.start({ command: "serve" });
  const now = await finished(await trigger("tells", {}));
  expect(now.output).toBe("second");
  const gives = async (task: string, payload: unknown, options = {}) =>
    (await finished(await trigger(task, payload, options))).output;
  expect(await gives("tells", {}, { version: first })).toBe("first");
  expect(await gives("tells", {}, { version: now.version })).toBe("second");
  expect(await gives("retired", {}, { version: first })).toBe("retired");
  const child = await gives("starts", { version: first });
  expect((await finished(String(child))).output).toBe("first");

  const listed = (await request("GET", "/api/v1/deployments")).body as { data: { version: string }[] };
  expect(listed.data.map(({ version }) => version)).toEqual([now.version, first]);
  expect((await request("GET", "/api/v1/deployments/current")).body).toMatchObject({
    ...{ version: now.version, status: "DEPLOYED", runtimeVersion: process.versions.node },
  });

  const kept = `${now.version}, ${first} (`;
  const strange = await request("POST", "/api/v1/tasks/tells/trigger", { options: { version: "nowhere" } });
  expect([strange.status, strange.body]).toMatchObject([
    422,
    { code: "HF229", fix: expect.stringContaining(kept) },
  ]);
  const within = await finished(await trigger("starts", { version: "nowhere" }));
  expect([within.status, within.error?.message]).toEqual(["FAILED", expect.stringContaining(kept)]);
  const waiting = await finished(await trigger("waits", { version: first }));
  expect(waiting.error?.message).toMatch(/HF510 .*where the call waits/);
});
