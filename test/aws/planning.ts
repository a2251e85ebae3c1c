/** Plans of resumes on the stack brought to life: what they ask AWS for, and what is missed where that is taken away. */
import { expect } from "vitest";
import type { ResumePlan } from "../../engine/plan.ts";
import { test } from "./on-java.ts";
import type { Stack } from "./stack.ts";
import { askInVain, losePayload, type Scene, type Without } from "./taken-away.ts";

const reads = [
  ...["GetFunction", "GetItem", "GetObject", "GetSecretValue"],
  ...["ListObjectsV2", "ListVersionsByFunction", "Query"],
];

/** The plan of a run, or why there is none. */
const plan = async ({ request }: Stack, id: string) =>
  (await request("POST", `/api/v1/runs/${id}/resume/plan`, {})).body as Partial<ResumePlan> & {
    readonly error?: string;
  };

/** The same on the code that the run is pinned to. */
const ownPlan = async ({ request }: Stack, id: string) =>
  (await request("POST", `/api/v1/runs/${id}/resume/plan`, { code: "same" })).body;

/** A run that has failed on the code from before the last deployment. */
async function ofOlderCode({ request }: Stack): Promise<string> {
  const { data } = (await request("GET", "/api/v1/runs?filter[status]=FAILED&page[size]=100")).body as {
    readonly data: readonly { readonly id: string; readonly version: string }[];
  };
  const found = data.find(({ version }) => version.startsWith("1."));
  if (found === undefined) throw new Error("No run has failed on the first version.");
  return found.id;
}

/** A run that has failed behind a large value. */
async function faltered({ stack, start }: Scene, more: object = {}): Promise<string> {
  const id = await start("falters", more);
  expect(await stack.finished(id)).toMatchObject({ status: "FAILED" });
  return id;
}

/** One whose payload is in the bucket no more. */
async function robbed(scene: Scene): Promise<string> {
  const id = await faltered(scene, { text: "c".repeat(40_000) });
  await losePayload(scene.stack.bench);
  return id;
}

/** Adds the test of what is asked for; gives what adds those of what is taken away. */
export function planning(scene: () => Scene): (without: Without) => void {
  test("a plan of a resume reads and writes nothing; where a value is gone it says so", async () => {
    const { stack } = scene();
    const from = stack.bench.proxy.records.length;
    const { rows } = await plan(stack, await faltered(scene()));
    expect(rows?.map(({ name, what }) => [name, what])).toEqual([["page", "reused"]]);
    expect(JSON.stringify(await plan(stack, await robbed(scene())))).toContain("HF305");
    expect(await ownPlan(stack, await ofOlderCode(stack))).toMatchObject({ rows: expect.any(Array) });
    const { data } = (await stack.request("GET", "/api/v1/deployments")).body as {
      data: { version: string }[];
    };
    // A run that waited over a deployment is on the first.
    expect(data.map(({ version }) => version)).toContainEqual(expect.stringMatching(/^1\./));
    await askInVain(stack);
    const asked = stack.bench.proxy.records.slice(from).filter(({ caller }) => /Planner/.test(caller));
    expect([...new Set(asked.map(({ action }) => action))].sort()).toEqual(
      expect.arrayContaining(["GetFunction", "GetItem", "GetObject", "Query"]),
    );
    for (const { action } of asked) expect(reads).toContain(action);
  });

  return (without) => {
    const isMissed = async (sid: string, run: () => Promise<string>, action: string, planned = plan) => {
      const { stack } = scene();
      const id = await run();
      for (const pool of stack.bench.lambda.pools(stack.bench.functionId("Planner"))) pool.retire();
      // The plan says what became of a value that cannot be read; without the rest there is none, and the error says why.
      const said = JSON.stringify(await without("Planner", sid, () => planned(stack, id)));
      expect([sid, said]).toEqual([
        sid,
        expect.stringMatching(new RegExp(`Planner\\S* is not authorized to perform: ${action} on resource`)),
      ]);
    };

    test("of the planner's statements each is missed", async () => {
      const run = () => faltered(scene());
      await isMissed("ReadRuns", run, "dynamodb:GetItem");
      await isMissed("ReadSecret", run, "secretsmanager:GetSecretValue");
      await isMissed("FindValues", run, "s3:GetObject");
      await isMissed("KnowWhatIsMissing", () => robbed(scene()), "s3:ListBucket");
    });

    test("ListVersions of the planner, taken away: deployments are not told", async () => {
      const { stack } = scene();
      const told = async () => (await stack.request("GET", "/api/v1/deployments/current")).body as object;
      expect(await told()).toMatchObject({ status: "DEPLOYED", runtimeVersion: "24" });
      for (const pool of stack.bench.lambda.pools(stack.bench.functionId("Planner"))) pool.retire();
      expect(await without("Planner", "ListVersions", told)).toMatchObject({ code: "HF212" });
    });

    test("FetchCode of the planner, taken away: there is no plan on a run's own code, and one on the newest", async () => {
      const { stack } = scene();
      const run = () => ofOlderCode(stack);
      await isMissed(
        "FetchCode",
        run,
        "lambda:GetFunction",
        async (...asked) => (await ownPlan(...asked)) as object,
      );
      expect(await plan(stack, await run())).toMatchObject({ rows: expect.any(Array) });
    });

    test("HavePlanned of the api, taken away: there is no plan, and the run can be resumed without", async () => {
      const { stack } = scene();
      const id = await faltered(scene());
      const { error } = await without("ApiFunction", "HavePlanned", () => plan(stack, id));
      expect(error).toMatch(/Api\S* is not authorized to perform: lambda:InvokeFunction on resource/);
      expect((await stack.request("POST", `/api/v1/runs/${id}/resume`, {})).status).toBe(200);
      expect(await stack.finished(id)).toMatchObject({ status: "FAILED" });
    });
  };
}
