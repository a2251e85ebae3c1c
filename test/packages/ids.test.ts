/** Packages that make ids: the same one in every pass of a run, never the same in two runs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, runOnce } from "./crashing.ts";
import { Shop } from "./shop.ts";

interface Made {
  readonly made: readonly string[];
  readonly rises: boolean;
  readonly versions: readonly number[];
  readonly inUnit: string;
  readonly own: string;
  readonly v5: string;
}

const seen = new Map<string, string>();
let shop: Shop;
let file: string;
beforeAll(async () => {
  shop = await Shop.open({
    told: ({ url = "" }, _, counted) => {
      const [, , label = "", id = ""] = url.split("/");
      counted.happens(label);
      if (!seen.has(label)) seen.set(label, id);
      return { body: JSON.stringify({ id: seen.get(label) }) };
    },
  });
  file = await build("ids");
});
afterAll(() => shop.close());

async function run(crash?: { at: number; when: "before" | "after" }): Promise<Made & { boundaries: number }> {
  seen.clear();
  const { run: head, output, boundaries } = await runOnce(file, shop, "ids", undefined, crash);
  expect(head.status, head.error?.message).toBe("COMPLETED");
  return { ...(output as Made), boundaries };
}

const shapes: Readonly<Record<string, RegExp>> = {
  nanoid: /^[\w-]{21}$/,
  digits: /^\d{8}$/,
  createId: /^[a-z][0-9a-z]{23}$/,
  short: /^[a-z][0-9a-z]{9}$/,
  ulid: /^[0-9A-HJKMNP-TV-Z]{26}$/,
  rising: /^[0-9A-HJKMNP-TV-Z]{26}$/,
  v1: /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  v4: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  v6: /^[0-9a-f]{8}-[0-9a-f]{4}-6[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  uuidv7: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
};

test("nanoid, uuid, ulid and cuid2 give ids of their usual shape, and others in another run", async () => {
  const [one, two] = [await run(), await run()];
  for (const [index, [label, shape]] of Object.entries(shapes).entries())
    expect(one.made[index], label).toMatch(shape);
  expect([one.rises, one.versions, one.v5]).toEqual([true, [1, 4, 6, 7], two.v5]);
  expect(one.own).toBe("00010203-0405-4607-8809-0a0b0c0d0e0f");
  const all = [...one.made, one.inUnit, ...two.made, two.inUnit];
  expect(new Set(all).size).toBe(all.length);
});

test("an id comes out the same in every pass, wherever a process dies", async () => {
  const { boundaries } = await run();
  for (let at = 2; at <= boundaries; at += 3) {
    const { made, rises } = await run({ at, when: at % 2 === 0 ? "before" : "after" });
    expect(
      made.filter((id) => id.includes(" became ")),
      `death at ${at}`,
    ).toEqual([]);
    expect(rises).toBe(true);
  }
});
