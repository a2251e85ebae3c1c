/** What a task of a stack knows of where it runs, and of other runs: by which calls it gets there. */
import { expect } from "vitest";
import { calls, every } from "./faults.ts";
import { test } from "./on-java.ts";
import type { CallRecord } from "./records.ts";
import type { Stack } from "./stack.ts";
import type { Scene } from "./taken-away.ts";

/** What the dispatcher has invoked. */
const invoked = ({ bench }: Stack) =>
  bench.proxy.records.filter(({ action, caller }) => action === "Invoke" && caller === "OrdersDispatcher");

/** The runs that were handed to another version of the dispatcher. */
export const handOvers = (stack: Stack) =>
  invoked(stack).filter(({ parameters }) => "Qualifier" in parameters);

/** Adds the tests. */
export function overseeing(scene: () => Scene): void {
  test("a run knows its stage by the stack's name", async () => {
    const { stack, start } = scene();
    const { output } = await stack.finished(await start("whereabouts"));
    expect(output).toEqual(["Orders", "PRODUCTION", "Orders"]);
  });

  test("the timer looks after a queue in which a run is parked, and finds the run where every ring of its resuming gets lost", async () => {
    const { stack, start, tickUntil } = scene();
    const { proxy, rules } = stack.bench;
    const turn = (action: "pause" | "resume") =>
      stack.request("POST", "/api/v1/queues/limited/pause", { action, type: "task" });
    expect((await turn("pause")).status).toBe(200);
    const id = await start("limited");
    // It does so half a minute behind the parking: who works gives a slot on by himself.
    const isLook = ({ action, caller, parameters }: CallRecord): boolean =>
      action === "GetItem" && /Timer/.test(caller) && JSON.stringify(parameters).includes('"queue#');
    const isLookedAfter = async (): Promise<boolean> => {
      await rules.fire();
      return proxy.records.some(isLook);
    };
    await expect.poll(isLookedAfter, { interval: 2_000 }).toBe(true);
    const takeBack = proxy.faults.add(every(calls("SendMessage"), 1, [{ kind: "lose" }]));
    expect((await turn("resume")).status).toBe(200);
    takeBack();
    await tickUntil(id, ["COMPLETED"]);
  });

  test("a child is started and its parent told", async () => {
    const { stack, start } = scene();
    expect(await stack.finished(await start("parent"))).toMatchObject({ status: "COMPLETED", output: true });
  });

  test("a task in AWS looks at runs, cancels and replays them without a key: it invokes the api and nothing else", async () => {
    const { stack, start } = scene();
    // The timer keeps the schedules that the code says.
    await stack.bench.rules.fire();
    const run = await stack.finished(await start("overseer"));
    expect(run).toMatchObject({ status: "COMPLETED" });
    const [isListed, status, output, paused, schedules, missing] = run.output as unknown[];
    expect([isListed, status, output, paused, missing]).toEqual([
      true,
      "CANCELED",
      "done",
      true,
      "NotFoundError",
    ]);
    expect(schedules).toMatchObject([{ task: "yearly" }]);
    const api = stack.bench.template.ref(stack.bench.functionId("ApiFunction"));
    expect(new Set(invoked(stack).map(({ parameters }) => parameters.FunctionName))).toEqual(new Set([api]));
  });
}
