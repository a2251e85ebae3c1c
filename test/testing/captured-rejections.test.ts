/**
 * What comes of a call that gave no promise (`emitter.emit`) comes again with that call, in each pass: an `error` event behind a
 * listener's rejection was an event of the log once, and made `emit` a unit on replay.
 */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const shop = `
import { EventEmitter } from "node:events";
class Shop extends EventEmitter {
  readonly done: number[] = [];
  constructor() { super({ captureRejections: true }); this.on("order", this.#charge); }
  #charge = async (id: number) => {
    this.done.push(await outside.charge(id));
    if (this.done.length === 2) this.emit("done");
  };
  async place(id: number) { await outside.place(id); return this.emit("order", id); }
}
export const t = task({ id: "t", run: async () => {
  const shop = new Shop(), errors: string[] = [];
  shop.on("error", (error: Error) => { errors.push(error.message); });
  const finished = new Promise<void>((done) => { shop.once("done", done); });
  for (const id of [1, 2, 3]) await shop.place(id);
  await finished;
  return { errors, done: shop.done };
} });`;

test("a listener that rejects is called once for each event, and so is the listener of its error", async () => {
  const charges: number[] = [];
  outside({
    place: async () => {},
    charge: async (id: number) => {
      charges.push(id);
      if (id === 2) throw Object.assign(new Error("card declined"), { status: 402 });
      return id;
    },
  });
  const kit = await kitOf(`${imports}\n${shop}`);
  const plain = await kit.run("t");
  expect(plain.output).toEqual({ errors: ["card declined"], done: [1, 3] });
  expect(charges).toEqual([1, 2, 3]);
  const { findings } = await kit.crashEverywhere("t", undefined, {
    seeds: 8,
    reset: () => void charges.splice(0),
  });
  expect(findings).toEqual([]);
});
