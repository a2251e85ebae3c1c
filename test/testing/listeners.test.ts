/** Listeners that are called once: a later pass has them called no more often than the code that never stopped. */
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

/** As SDKs for uploads write it: each call tells of its own end. */
class Uploader extends EventEmitter {
  async upload(name: string): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    this.emit("done", name);
    return name;
  }
}

/** An `EventTarget` that does the same. */
class Target extends EventTarget {
  async upload(name: string): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    this.dispatchEvent(Object.assign(new Event("done"), { file: name }));
    return name;
  }
}

const twice = (subscribe: string, made = "Uploader") => `const up = new outside.${made}();
  const names: string[] = [];
  ${subscribe}
  await up.upload("first");
  const before = [...names];
  await wait.for({ days: 1 });
  await up.upload("second");
  return [before, names];`;

test.each([
  ["once", twice(`up.once("done", (name: string) => { names.push(name); });`), [["first"], ["first"]]],
  [
    "an async function",
    twice(`up.once("done", async (name: string) => { await outside.act("told"); names.push(name); });
      await outside.act("before");`),
    [[], ["first"]],
  ],
  [
    "prependOnceListener, beside a listener that stays",
    twice(
      `up.on("done", (name: string) => { names.push(name); }).prependOnceListener("done", (name: string) => { names.push("once " + name); });`,
    ),
    [
      ["once first", "first"],
      ["once first", "first", "second"],
    ],
  ],
  [
    "one function for two events",
    twice(`const note = (name: string) => { names.push(name); };
      up.once("other", note); up.once("done", note);`),
    [["first"], ["first"]],
  ],
  [
    "one that is taken off again",
    twice(`const note = (name: string) => { names.push(name); };
      up.once("done", note); up.on("done", note); up.once("done", note); up.off("done", note);`),
    [
      ["first", "first"],
      ["first", "first", "second"],
    ],
  ],
  [
    "addEventListener",
    twice(
      `up.addEventListener("done", (event: { file: string }) => { names.push(event.file); }, { once: true });`,
      "Target",
    ),
    [["first"], ["first"]],
  ],
])(
  "a listener that was called within a recorded call is gone in the next pass, too: %s",
  async (_, body, output) => {
    const acts: string[] = [];
    const act = async (what: string): Promise<void> => void acts.push(what);
    outside({ Uploader, Target, act });
    const kit = await kitOf(`${imports}\nexport const t = task({ id: "t", run: async () => { ${body} } });`);
    expect((await kit.run("t")).output).toEqual(output);
    expect(new Set(acts).size).toBe(acts.length);
    const { findings } = await kit.crashEverywhere("t");
    expect(findings).toEqual([]);
  },
);
