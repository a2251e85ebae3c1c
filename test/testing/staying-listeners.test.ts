/** A listener for one event that a bus of one's own calls without taking it off stays on behind a crash, too. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const bus = `import { EventEmitter } from "node:events";
export class Bus extends EventEmitter {
  async publish(name, data) { for (const fn of this.listeners(name)) await fn(data); return this.listenerCount(name); }
  async tell(name, data) { this.emit(name, data); return this.listenerCount(name); }
}
`;

test.each([
  ["one that is called by listeners() stays on", "publish", [2, 2], ["a 1", "once 1", "a 2", "once 2"]],
  ["one that is called by emit() is taken off", "tell", [1, 1], ["a 1", "a 2", "once 1"]],
])("%s", async (_, method, counts, told) => {
  const heard = new Set<string>();
  outside({ tell: async (what: string) => void heard.add(what) });
  const kit = await kitOf({
    "node_modules/bus/package.json": `{ "name": "bus", "type": "module", "exports": "./index.js" }`,
    "node_modules/bus/index.js": bus,
    "tasks/main.ts": `${imports} import { Bus } from "bus";
    export const t = task({ id: "t", run: async () => {
      const bus = new Bus();
      bus.on("sale", async (n: number) => { await outside.tell("a " + n); });
      bus.once("sale", async (n: number) => { await outside.tell("once " + n); });
      const first = await bus.${method}("sale", 1);
      return [first, await bus.${method}("sale", 2)];
    } });`,
  });
  const plain = await kit.run("t");
  expect(plain.error).toBeUndefined();
  expect(plain.output).toEqual(counts);
  expect([...heard].sort()).toEqual([...told].sort());
  expect((await kit.crashEverywhere("t", undefined, { seeds: 4 })).findings).toEqual([]);
});
