/** Site ids survive edits that do not change the call: reference/transform.md §4 (a). */
import { describe, expect, test } from "vitest";
import { transform } from "../../transform/transform.ts";

const base = `import { task } from "holdfast";
export const order = task({
  id: "order",
  run: async (payload: { id: string }) => {
    const order = await db.orders.get(payload.id);
    const charge = await stripe.charges.create({ amount: order.total, currency: "eur" });
    await mail.send("paid", { to: order.email });
    await mail.send("paid", { to: order.email });
    const parts = await Promise.all(order.items.map(async (item) => await ship(item, { fast: true })));
    const later = notify(charge);
    await later;
    return parts;
  },
});
`;

function ids(source: string, file = "tasks/order.ts"): string[] {
  const { sites, problems } = transform(source, { file });
  expect(problems).toEqual([]);
  return sites.map(({ id, name }) => `${name} ${id}`).sort();
}

function functionIds(source: string): string[] {
  return [...transform(source, { file: "tasks/order.ts" }).code.matchAll(/"hf:[a-z]*:(\w{8})"/g)].map(
    ([, id]) => id ?? "",
  );
}

const edits: Readonly<Record<string, (source: string) => string>> = {
  "comments on top and inside": (s) =>
    `// one\n/* two */\n${s}`
      .replace("await stripe", "await /* now */ stripe")
      .replace("payload.id)", "payload.id /* id */)"),
  "a log line inserted": (s) => s.replace("    const charge", "    console.log(order);\n    const charge"),
  "an awaited statement inserted": (s) =>
    s.replace("    const charge", "    await audit(order);\n    const charge"),
  "a function inserted in front": (s) =>
    s.replace("export const", "async function other() { await mail.send('x'); }\nexport const"),
  "wrapped in try": (s) =>
    s
      .replace("    const charge", "    try {\n    const charge")
      .replace("    return parts", "    return parts; } finally { done = true; }\n"),
  "wrapped in if and a loop": (s) =>
    s
      .replace("    await mail", "    if (order.ok) for (const x of [1]) { await mail")
      .replace("    const parts", "    }\n    const parts"),
  reformatted: (s) =>
    s
      .replaceAll('"', "'")
      .replace("stripe.charges.create({", "stripe\n      .charges\n      .create({\n")
      .replace("'eur' }", "'eur',\n }")
      .replace("'paid', {", "`paid`, {\n")
      .replaceAll(";\n", "\n"),
  "types and parentheses": (s) =>
    s
      .replace("db.orders.get(payload.id)", "(db.orders!.get<Order>((payload.id as string)))")
      .replace("ship(item,", "(ship as any)(item!,"),
  "keys in quotes": (s) => s.replace("amount:", '"amount":').replace("stripe.charges", 'stripe["charges"]'),
  "an await taken away and given": (s) =>
    s.replace("await stripe", "stripe").replace("= notify", "= await notify"),
  "the body of a callback changed": (s) =>
    s.replace("await ship(item, { fast: true })", "{ log(item); return await ship(item, { fast: true }); }"),
  "made a function declaration's neighbour": (s) =>
    `${s}\nexport const second = task({ id: "second", run: async () => { await mail.send("x"); } });\n`,
};

describe("every call keeps its id", () => {
  test.each(Object.entries(edits))("%s", (_name, edit) => {
    const edited = edit(base);
    expect(edited).not.toBe(base);
    expect(ids(edited)).toEqual(expect.arrayContaining(ids(base)));
    expect(functionIds(edited)).toEqual(expect.arrayContaining(functionIds(base)));
  });
});

describe("another call gets another id", () => {
  test("equal calls are told apart by their order", () => {
    const sent = ids(base).filter((id) => id.startsWith("mail.send"));
    expect(new Set(sent).size).toBe(2);
  });
  test("a deleted statement takes only its own id along", () => {
    const without = base.replace(/ {4}const charge.*\n/, "    const charge = order;\n");
    expect(ids(base).filter((id) => !ids(without).includes(id))).toEqual([
      expect.stringMatching(/^stripe.charges.create /),
    ]);
  });
  test("a changed argument changes the id, and only that one", () => {
    const changed = ids(base.replace("eur", "usd"));
    expect(ids(base).filter((id) => !changed.includes(id))).toHaveLength(1);
  });
  test("the same text in another function, or in another file, is another site", () => {
    const twice =
      "export async function a() { await send(1); }\nexport async function b() { await send(1); }\n";
    expect(new Set(ids(twice)).size).toBe(2);
    expect(ids(twice, "tasks/other.ts").some((id) => ids(twice).includes(id))).toBe(false);
  });
  test.each([
    ["1", "'1'"],
    ["1", "1n"],
    ["a.b", "a?.b"],
    ["a + b", "a - b"],
    ["i++", "++i"],
    ["a`x`", "a`y`"],
    ["/a/", "/a/g"],
    ["{ a }", "{ b: a }"],
    ["[a, b]", "[b, a]"],
    ["null", "undefined"],
  ])("send(%s) and send(%s)", (one, other) => {
    const of = (arg: string) => ids(`export async function f() { await send(${arg}); }`).at(-1);
    expect(of(one)).not.toBe(of(other));
  });
});

test("ids are 8 characters of base 36 and always the same", () => {
  expect(ids("export async function f() { await send(1); }")).toEqual([
    expect.stringMatching(/^send [0-9a-z]{8}$/),
  ]);
  expect(ids("export async function f() { await send(1); }")).toMatchInlineSnapshot(`
    [
      "send 3y23bvai",
    ]
  `);
});

test("the manifest's rows name the call, its line and its function", () => {
  const { sites } = transform(base, { file: "tasks/order.ts" });
  expect(sites.find(({ name }) => name === "ship")).toMatchObject({
    line: 9,
    flags: "aeq",
    function: "order.run/order.items.map(0)",
  });
  expect(sites.find(({ name }) => name === "stripe.charges.create")).toMatchObject({
    line: 6,
    column: 41,
    flags: "ae",
    function: "order.run",
  });
  expect(sites.find(({ name }) => name === "later")).toMatchObject({ line: 11, flags: "" });
});
