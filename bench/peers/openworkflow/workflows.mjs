import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { hangOnce } from "../hanging.mjs";
import { stepResult } from "../measuring.mjs";

export function open(file) {
  const engine = new OpenWorkflow({ backend: BackendSqlite.connect(file) });
  const steps = engine.defineWorkflow({ name: "steps" }, async ({ input: { n }, step }) => {
    let last;
    for (let i = 0; i < n; i++) last = await step.run({ name: `s${i}` }, () => stepResult(i));
    return last;
  });
  const child = engine.defineWorkflow({ name: "child" }, async ({ input: { i }, step }) =>
    step.run({ name: "c" }, () => stepResult(i)),
  );
  const fanout = engine.defineWorkflow({ name: "fanout" }, async ({ input: { n }, step }) => {
    const of = (_, i) => step.runWorkflow(child.workflow.spec, { i }, { name: `c${i}` });
    return (await Promise.all(Array.from({ length: n }, of))).length;
  });
  const sleeper = engine.defineWorkflow({ name: "sleeper" }, async ({ input: { ms }, step }) => {
    const from = await step.run({ name: "a" }, () => Date.now());
    await step.sleep("z", `${ms}ms`);
    const to = await step.run({ name: "b" }, () => Date.now());
    return { late: to - from - ms };
  });
  const hang = engine.defineWorkflow({ name: "hang" }, async ({ input: { n, mark }, step }) => {
    for (let i = 0; i < n; i++) await step.run({ name: `s${i}` }, () => stepResult(i));
    await step.run({ name: "last" }, async () => {
      await hangOnce(mark);
      return 1;
    });
    return n;
  });
  // As shipped it does one run at a time.
  const worker = engine.newWorker({ concurrency: 10 });
  return { workflows: { steps, child, fanout, sleeper, hang }, worker };
}
