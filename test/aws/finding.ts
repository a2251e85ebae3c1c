/** What the api finds in log groups, on the stack brought to life: the lines of runs, and what became of deliveries. */
import { expect } from "vitest";
import { command } from "../world/holdfast.ts";
import { test } from "./on-java.ts";
import { asRole, environmentOf } from "./person.ts";
import type { Scene, Without } from "./taken-away.ts";

type Answer = Readonly<Record<string, unknown>>;

/** Adds the tests that it works; gives what adds those of what is taken away. `folder`: where the command line is installed. */
export function finding(scene: () => Scene, folder: () => string): (without: Without) => void {
  const { get, logged, delivered } = {
    get: async (path: string): Promise<Answer> => {
      const { status, body } = await scene().stack.request("GET", path);
      return { status, ...(body as Answer) };
    },
    /** A run whose line has come to CloudWatch. */
    logged: async (): Promise<string> => {
      const { stack, start } = scene();
      const id = await start("says", { text: "weighing" });
      expect(await stack.finished(id)).toMatchObject({ status: "COMPLETED" });
      await expect.poll(() => stack.bench.log.join("\n")).toContain(id);
      return id;
    },
    delivered: async (): Promise<void> => {
      const address = `${scene().stack.url}/hooks/nobody`;
      expect((await fetch(address, { method: "POST", body: "{}" })).status).toBe(401);
    },
  };

  test("in AWS the api finds a run's lines and what became of deliveries, and asks for no other log group", async () => {
    const { stack } = scene();
    const { records } = stack.bench.proxy;
    const from = records.length;
    const id = await logged();
    // Its log group is found among those of all runs.
    await expect
      .poll(async () => (await get(`/api/v1/runs/${id}/logs`)).data)
      .toMatchObject([{ number: 1, level: "info", attempt: 1, message: "weighing" }]);
    await delivered();
    await expect
      .poll(async () => (await get("/api/v1/webhooks/deliveries?endpoint=nobody")).data)
      .toMatchObject([{ endpoint: "nobody", outcome: "refused", isKnown: false }]);
    const asked = records.slice(from).filter(({ action }) => action === "FilterLogEvents");
    const { template } = stack.bench;
    const groups = template.all("AWS::Logs::LogGroup").map((each) => each.id);
    const own = groups.filter((each) => /^Orders(Dispatcher|ApiFunction)Logs/.test(each));
    expect(new Set(asked.map(({ parameters }) => parameters.logGroupName))).toEqual(
      new Set(own.map((each) => template.ref(each))),
    );
  });

  test("where CloudWatch takes no more calls of the api, its caller is told, and the command line asks by itself", async () => {
    const { bench } = scene().stack;
    const id = await logged();
    const takeBack = bench.proxy.faults.add(({ name, caller }) =>
      name === "FilterLogEvents" && caller.includes("ApiFunction") ? { kind: "throttle" } : undefined,
    );
    try {
      const answer = await get(`/api/v1/runs/${id}/logs`);
      expect(answer).toMatchObject({ status: 501, code: "HF531" });
      const env = environmentOf(asRole(bench, "Deployer"));
      const { output } = await command(folder(), ["logs", id, "--stack", "Orders"], env);
      expect(output).toContain("weighing");
    } finally {
      takeBack();
    }
  });

  return (without) => {
    test("FindLines, taken away: the api names the log group, and the command line reads it with its caller's rights", async () => {
      const { bench } = scene().stack;
      const id = await logged();
      await without("ApiFunction", "FindLines", async () => {
        const answer = await get(`/api/v1/runs/${id}/logs`);
        expect(answer).toMatchObject({ status: 501, code: "HF531" });
        const said = /not authorized to perform: logs:FilterLogEvents on resource: \S+Dispatcher/;
        await expect.poll(() => bench.log.join("\n")).toMatch(said);
        const args = ["logs", id, "--stack", "Orders"];
        const { output } = await command(folder(), args, environmentOf(asRole(bench, "Deployer")));
        expect(output).toContain("weighing");
      });
    });

    test("FindDeliveries, taken away: the api names the log group", async () => {
      await delivered();
      await without("ApiFunction", "FindDeliveries", async () => {
        const answer = await get("/api/v1/webhooks/deliveries");
        expect(answer).toMatchObject({ status: 501, code: "HF531" });
      });
    });
  };
}
