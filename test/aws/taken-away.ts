/**
 * Statements that in-process plays do not ask for (`test/aws-calls/grants.test.ts` has the others): calls that AWS makes as
 * a function's role, a process's start, a value that is gone. Each is taken away, missed in AWS's words, and given back.
 */
import { expect } from "vitest";
import { Policies } from "./iam.ts";
import { text } from "./json.ts";
import { test } from "./on-java.ts";
import type { Stack } from "./stack.ts";

/** What these scenarios take of their file. */
export interface Scene {
  readonly stack: Stack;
  start(task: string, more?: object, options?: Readonly<Record<string, unknown>>): Promise<string>;
  tickUntil(id: string, statuses: readonly string[]): Promise<void>;
}

type Name = "Dispatcher" | "ApiFunction" | "Timer" | "Housekeeper" | "Planner";

/** Does something while a statement is not there. */
export type Without = <T>(name: Name, sid: string, act: () => Promise<T>) => Promise<T>;

/** Takes the payload that was put into the bucket last, or nth, out of it. */
export async function losePayload({ proxy, queues }: Stack["bench"], nth = -1): Promise<void> {
  const puts = proxy.records.filter(({ action, caller }) => action === "PutObject" && /Api/.test(caller));
  const { Bucket, Key } = puts.at(nth)?.parameters ?? {};
  await queues.removeObject(String(Bucket), String(Key));
}

/** Has the planner say in its log that it can make no plan: there is no such run. */
export async function askInVain({ bench }: Stack): Promise<void> {
  const asked = { runId: "run_nowhere", codeVersion: "none", decided: { redo: [], keep: [] } };
  const { ok } = await bench.lambda.invoke(
    bench.template.ref(bench.functionId("Planner")),
    undefined,
    JSON.stringify(asked),
  );
  expect(ok).toBe(true);
}

/** Adds the tests; gives what takes a statement away. */
export function takenAway(scene: () => Scene): Without {
  const roleOf = (name: Name): string => {
    const { bench } = scene().stack;
    const { Role } = bench.template.resource(bench.functionId(name)).properties;
    return text(Role, name).split("/").at(-1) ?? "";
  };
  /** AWS's refusal of an action to a function. */
  const refusal = (name: Name, action: string, resource = "arn:aws:\\S+"): RegExp =>
    new RegExp(
      `User: arn:aws:sts::\\d+:assumed-role/${roleOf(name)}/\\S*${name}\\S* is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows`,
    );
  /** Does something while a statement is not there. */
  async function without<T>(name: Name, sid: string, act: () => Promise<T>): Promise<T> {
    const { proxy, policies, template } = scene().stack.bench;
    expect(Policies.namesOf(template, roleOf(name))).toContain(sid);
    proxy.use(Policies.without(template, roleOf(name), sid, "nobody"));
    try {
      return await act();
    } finally {
      proxy.use(policies);
    }
  }
  const told = () => expect.poll(() => scene().stack.bench.log.join("\n"));

  test("HearRings, taken away: Lambda may not fetch the dispatcher's rings, and runs stay QUEUED", async () => {
    const { stack, start, tickUntil } = scene();
    const id = await without("Dispatcher", "HearRings", async () => {
      const queued = await start("ten");
      const problems = () => stack.bench.sources.map(({ lastProblem }) => lastProblem).join();
      await expect.poll(problems).toMatch(refusal("Dispatcher", "sqs:ReceiveMessage"));
      expect(await stack.run(queued)).toMatchObject({ status: "QUEUED" });
      return queued;
    });
    await tickUntil(id, ["COMPLETED"]);
  });

  const lines: readonly (readonly [Name, () => Promise<unknown>])[] = [
    ["Dispatcher", async () => scene().stack.finished(await scene().start("ten"))],
    [
      "ApiFunction",
      async () => {
        // A second payload under a key that is known: the api says so in its log.
        for (const n of [1, 2]) await scene().start("ten", { n }, { idempotencyKey: "another-payload" });
      },
    ],
    ["Timer", () => scene().stack.bench.rules.fire()],
    ["Housekeeper", () => scene().stack.bench.rules.fire("hour")],
    // That it knows no such run it says in its log.
    ["Planner", () => askInVain(scene().stack)],
  ];
  test.each(lines)("WriteLogs of %s, taken away: it works on, and leaves no line", async (name, act) => {
    const { bench } = scene().stack;
    const own = () => bench.log.filter((line) => line.startsWith(bench.functionId(name))).length;
    const earlier = own();
    // A deployment has given it a new process: what begins its stream is another right.
    if (name === "Planner") await act().then(() => expect.poll(own).toBeGreaterThan(earlier));
    await without(name, "WriteLogs", async () => {
      const before = own();
      await act();
      const said = refusal(name, "logs:PutLogEvents", "arn:aws:logs:\\S+:log-group:\\S+:log-stream:\\S+");
      await expect.poll(() => bench.logs.refusals.join("\n")).toMatch(said);
      expect(own()).toBe(before);
    });
  });

  test("PutSpans, taken away: runs go on untraced, and the log says why", async () => {
    const { stack, start } = scene();
    await without("Dispatcher", "PutSpans", async () => {
      expect(await stack.finished(await start("ten"))).toMatchObject({ status: "COMPLETED" });
      await told().toMatch(refusal("Dispatcher", "xray:PutSpans", "\\*"));
    });
  });

  test("CallApi, taken away: a task that looks at runs is refused in AWS's words, others run on", async () => {
    const { stack, start } = scene();
    await without("Dispatcher", "CallApi", async () => {
      const { status, error } = await stack.finished(await start("overseer"));
      expect([status, error?.message]).toEqual([
        "FAILED",
        expect.stringMatching(refusal("Dispatcher", "lambda:InvokeFunction")),
      ]);
      expect(await stack.finished(await start("ten"))).toMatchObject({ status: "COMPLETED" });
    });
  });

  test("ReadSecret of the dispatcher, taken away: a new process does not start", async () => {
    const { stack, start, tickUntil } = scene();
    const id = await without("Dispatcher", "ReadSecret", async () => {
      for (const pool of stack.bench.lambda.pools(stack.bench.functionId("Dispatcher"))) pool.retire();
      const queued = await start("ten");
      await told().toMatch(refusal("Dispatcher", "secretsmanager:GetSecretValue"));
      expect(await stack.run(queued)).toMatchObject({ status: "QUEUED" });
      return queued;
    });
    await tickUntil(id, ["COMPLETED"]);
  });

  test("KnowWhatIsMissing of the api, taken away: a value that is gone looks forbidden", async () => {
    const { stack, start } = scene();
    const id = await start("large", { text: "a".repeat(40_000) }, { delay: "1h" });
    await losePayload(stack.bench);
    await without("ApiFunction", "KnowWhatIsMissing", async () => {
      expect((await stack.request("GET", `/api/v3/runs/${id}`)).status).toBe(500);
      await told().toMatch(refusal("ApiFunction", "s3:ListBucket"));
    });
    expect(await stack.run(id)).toMatchObject({ payloadError: { code: "HF305" } });
    await stack.request("POST", `/api/v2/runs/${id}/cancel`);
  });

  test("KnowWhatIsMissing of the dispatcher, taken away: a value that is gone looks forbidden", async () => {
    const { stack, start } = scene();
    await without("Dispatcher", "KnowWhatIsMissing", async () => {
      const id = await start("large", { text: "b".repeat(40_000) }, { delay: "1s" });
      await losePayload(stack.bench);
      await stack.finished(id);
      const { status, error } = await stack.run(id);
      expect([status, error?.message]).toEqual([
        "FAILED",
        expect.stringMatching(refusal("Dispatcher", "s3:ListBucket")),
      ]);
    });
  });

  return without;
}
