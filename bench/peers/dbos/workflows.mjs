import { DBOS } from "@dbos-inc/dbos-sdk";
import { hangOnce } from "../hanging.mjs";
import { stepResult } from "../measuring.mjs";

const step = (name, make) => DBOS.runStep(async () => make(), { name });

export const steps = DBOS.registerWorkflow(
  async ({ n }) => {
    let last;
    for (let i = 0; i < n; i++) last = await step(`s${i}`, () => stepResult(i));
    return last;
  },
  { name: "steps" },
);
export const child = DBOS.registerWorkflow(async ({ i }) => step("c", () => stepResult(i)), {
  name: "child",
});
export const fanout = DBOS.registerWorkflow(
  async ({ n }) => {
    const children = [];
    for (let i = 0; i < n; i++) children.push(await DBOS.startWorkflow(child)({ i }));
    for (const each of children) await each.getResult();
    return children.length;
  },
  { name: "fanout" },
);
export const sleeper = DBOS.registerWorkflow(
  async ({ ms }) => {
    const from = await step("a", () => Date.now());
    await DBOS.sleepms(ms);
    const to = await step("b", () => Date.now());
    return { late: to - from - ms };
  },
  { name: "sleeper" },
);
export const hang = DBOS.registerWorkflow(
  async ({ n, mark }) => {
    for (let i = 0; i < n; i++) await step(`s${i}`, () => stepResult(i));
    await step("last", () => hangOnce(mark));
    return n;
  },
  { name: "hang" },
);

export async function launch() {
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: process.env.DATABASE_URL,
    logLevel: "error",
    runAdminServer: false,
    applicationVersion: "1",
  });
  await DBOS.launch();
}
export { DBOS };
