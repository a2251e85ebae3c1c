/** Timers of the run's own among waits: all that is due goes off in the order of the run's time, and nobody sits timers out. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const sleep = "const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));";

const programs = [
  {
    title: "a wait wins a race against a longer timer, and loses against a shorter one",
    body: `const won = await Promise.race([wait.for({ seconds: 2 }).then(() => "wait"), sleep(5_000).then(() => "timer")]);
      const lost = await Promise.race([wait.for({ hours: 2 }).then(() => "wait"), sleep(5_000).then(() => "timer")]);
      return [won, lost];`,
    output: ["wait", "timer"],
  },
  {
    title: "waits beside a timer that goes on end at their times",
    body: `const late = sleep(1_800_000).then(() => outside.note("late"));
      const began = Date.now();
      const at: number[] = [];
      for (let i = 0; i < 4; i++) { await outside.note(i); await wait.for({ minutes: 1 }); at.push(Math.round((Date.now() - began) / 60_000)); }
      return at;`,
    output: [1, 2, 3, 4],
  },
  {
    title: "a promise by hand that an arrow hands on is waited for, however long it takes",
    body: `const asked: ((text: string) => void)[] = [];
      const later = (text: string) => new Promise<string>((done) => { asked.push(done); setTimeout(() => { for (const each of asked.splice(0)) each(text); }, 30_000); });
      const first = await sleep(1).then(() => later("a"));
      const second = await later("b").then((text) => later(text + first)).then((text) => text + "!");
      return [first, second, await (() => later("c"))()];`,
    output: ["a", "ba!", "c"],
  },
  {
    title: "a poll by hand, whose timer sets itself again, has counted as often behind a crash",
    body: `let looks = 0;
      const look = async () => { await wait.for({ seconds: 2 }); return (await outside.note(++looks)) >= 3; };
      await new Promise<void>((done, failed) => {
        const again = () => { look().then((isThere) => { if (isThere) done(); else setTimeout(again, 20); }, failed); };
        again();
      });
      return looks;`,
    output: 3,
  },
  {
    title: "a poll by an interval has counted as often behind a crash",
    body: `let looks = 0;
      const state = await new Promise<{ looks: number }>((done) => {
        const every = setInterval(async () => {
          const n = await outside.note(++looks);
          if (n >= 3) { clearInterval(every); done({ looks: n }); }
        }, 20_000);
      });
      await outside.note("after");
      return [state.looks, looks];`,
    output: [3, 3],
  },
  {
    title: "what a timer fills by way of a function is there when a promise kept in a variable answers",
    body: `const todo = [1, 2, 3], done: number[] = [];
      const startNext = () => { const next = todo.shift(); if (next !== undefined) done.push(next); return next !== undefined; };
      const idle = new Promise<void>((over) => { setTimeout(() => { while (startNext()) {} over(); }, 20_000); });
      await outside.note("before");
      await idle;
      await outside.note("after");
      return done;`,
    output: [1, 2, 3],
  },
  {
    title: "a heartbeat beside a long wait does not make up for the time in which the run was put away",
    body: `let beats = 0;
      const beat = () => { beats++; timer = setTimeout(beat, 1_000); };
      let timer = setTimeout(beat, 1_000);
      const every = setInterval(() => { beats++; }, 1_000);
      void outside.note("beside").then(() => wait.for({ days: 30 })).then(() => outside.note("behind"));
      await wait.for({ days: 30 });
      await new Promise<void>((done) => setTimeout(done, 5));
      clearTimeout(timer); clearInterval(every);
      return beats < 1_000;`,
    output: true,
  },
  {
    title: "a timer that was taken back does not go off early, one that is set anew does once",
    body: `let flushes = 0;
      let timer: NodeJS.Timeout | undefined;
      const flush = () => { clearTimeout(timer); timer = setTimeout(() => { flushes++; void outside.note("flush"); }, 15_000); };
      flush(); flush();
      await outside.note("a");
      flush();
      await sleep(60_000);
      await outside.note("b");
      return flushes;`,
    output: 1,
  },
  {
    title: "an interval goes off as often as it would",
    body: `let ticks = 0;
      const every = setInterval(() => { ticks++; }, 60_000);
      await sleep(310_000);
      clearInterval(every);
      return ticks;`,
    output: 5,
    // Behind a crash the sleep is recorded, and the interval begins anew.
    isCrashed: false,
  },
];

test.each(programs)("$title", async ({ body, output, isCrashed = true }) => {
  outside({ note: async (of: unknown) => of });
  const kit = await kitOf(
    `${imports}\n${sleep}\nexport const t = task({ id: "t", run: async () => { ${body} } });`,
  );
  const { output: got, error } = await kit.run("t");
  expect(error).toBeUndefined();
  expect(got).toEqual(output);
  if (isCrashed) expect((await kit.crashEverywhere("t", undefined, { seeds: 2 })).findings).toEqual([]);
});
