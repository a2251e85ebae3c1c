/** A resume of many whose server goes away in its middle. */
import { expect, test } from "vitest";
import { plansOf, resumeAll, type ToResume } from "../../cli/resume-many.ts";
import type { ApiClient } from "../../sdk/client.ts";
import { HoldfastError } from "../../sdk/index.ts";

const options = { code: "newest", redo: [], keep: [] } as const;
const away = (): Promise<never> =>
  Promise.reject(new HoldfastError("HF504", "http://127.0.0.1:3456 could not be reached.", "Start it."));

/** A client whose server answers so many calls, and none any more. */
function leaving(answers: number) {
  let asked = 0;
  const call = (id: string): Promise<unknown> => {
    asked += 1;
    return asked > answers ? away() : Promise.resolve({ id, rows: [] });
  };
  const client = { planResume: call, resumeRun: call } as unknown as ApiClient;
  return { client, asked: () => asked };
}

const many = Array.from({ length: 400 }, (_, i) => `run_${i}`);

test("a resume in bulk whose server goes away stops, asks for none of the rest, and says how many are done and how to go on", async () => {
  const { client, asked } = leaving(150);
  const all: ToResume[] = many.map((runId) => ({ runId, options: { ...options, redo: [], keep: [] } }));
  const error = await resumeAll(client, all, () => {}).then(undefined, (thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "HF504",
    message: expect.stringMatching(/could not be reached.* 150 of 400 runs .*the same command again/),
  });
  // Those that were asked for at the same moment, and no other.
  expect(asked()).toBeLessThanOrEqual(154);
});

test("plans in bulk whose server goes away stop, and nothing was resumed", async () => {
  const { client, asked } = leaving(20);
  const error = await plansOf(client, many, { ...options, redo: [], keep: [] }, () => {}).then(
    undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "HF504" });
  expect(asked()).toBeLessThanOrEqual(24);
});
