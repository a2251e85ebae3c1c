/** Promises of unknown origin that take their time: a run that awaits one is not stuck, in whatever form it does. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const forms = [
  "await p",
  "await p.then((x) => x)",
  "await p.then((x) => x).finally(() => {})",
  "await p.catch(() => 1)",
  "await p.finally(() => {})",
  "await later.then((x) => x)",
  "await (later ?? p).then((x) => x)",
  "await new Promise(ask).then((x) => x)",
  "await Promise.race([p.then((x) => x), p])",
  "(await Promise.all([p.then((x) => x)]))[0]",
  "await Promise.resolve(p).then((x) => x)",
  "await go().then((x) => x)",
];

test.each(forms)(
  "a run that awaits a promise which takes longer than all that moves goes on behind it: %s",
  async (form) => {
    // Timers of the outside are real; the run's clock goes on by itself.
    outside({ ask: (done: (value: string) => void) => setTimeout(() => done("paid"), 40) });
    const kit = await kitOf(`${imports}
    const ask = (done: any) => outside.ask(done);
    const go = () => new Promise(ask);
    export const t = task({ id: "t", run: async () => {
      const p = new Promise(ask);
      const later = p.then((x) => x);
      const got = ${form};
      await wait.for({ hours: 1 });
      return got;
    } });`);
    const { status, output, error } = await kit.run("t");
    expect([status, output, error]).toEqual(["COMPLETED", "paid", undefined]);
    expect((await kit.crashEverywhere("t", undefined, { seeds: 1 })).findings).toEqual([]);
  },
);
