/** What a testkit's world has in common with a server's: sealed secrets, hooks of every end, time that goes by. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("secrets are sealed in the journal of a report, and the run gets them back in each pass", async () => {
  const key = "sk_live_0123456789abcdef";
  const seen: unknown[] = [];
  outside({
    keep: async (header: unknown) => turn().then(() => ({ header })),
    see: async (what: unknown) => void seen.push(what),
  });
  const kit = await kitOf(
    `${imports}
export const t = task({ id: "t", run: async () => {
  const { header } = await outside.keep("Bearer " + process.env.API_KEY);
  await wait.for({ hours: 1 });
  await outside.see(header);
  return header.length;
} });`,
    { secrets: { API_KEY: key } },
  );
  const report = await kit.run("t");
  expect(report.output).toBe(`Bearer ${key}`.length);
  expect(seen).toEqual([`Bearer ${key}`]);
  expect(JSON.stringify(report.journal)).not.toContain(key);
  expect(JSON.stringify(report.journal)).toContain("API_KEY");
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
});

test("a run that is canceled before its first pass ends with its hooks", async () => {
  const told: unknown[] = [];
  outside({ tell: async (what: unknown) => void told.push(what) });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => outside.tell("run"), onComplete: async ({ result }: any) => { await outside.tell(["complete", result.ok]); } });`);
  const report = await kit.run("t", undefined, { cancelAfterMs: 0 });
  expect(report.status).toBe("CANCELED");
  expect(told).toEqual([["complete", false]]);
});

test("time goes by while a timer of the program's own goes on", async () => {
  const kit = await kitOf(`${imports}
const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
export const t = task({ id: "t", run: async () => {
  const begun = Date.now();
  await sleep(40);
  const one = Date.now() - begun;
  await Promise.all([sleep(30), sleep(30)]);
  const both = Date.now() - begun;
  let beats = 0;
  await new Promise<void>((done) => { const timer = setInterval(() => { if (++beats === 3) { clearInterval(timer); done(); } }, 20); });
  return [one, both, Date.now() - begun];
} });`);
  const [one, both, all] = (await kit.run("t")).output as number[];
  expect(one).toBeGreaterThanOrEqual(40);
  expect(one).toBeLessThan(70);
  expect(both).toBeGreaterThanOrEqual(70);
  expect(both).toBeLessThan(130);
  expect(all).toBeGreaterThanOrEqual(130);
});

test("a call that gives a symbol which it was given gives that one, in each pass", async () => {
  outside({ delay: async (_: number, value: unknown) => turn().then(() => value), act: async () => turn() });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => {
  const late = Symbol("late");
  const first = await Promise.race([outside.delay(1, late), wait.for({ hours: 1 })]);
  await outside.act();
  return [first === late, (await outside.delay(1, Symbol.for("x"))) === Symbol.for("x")];
} });`);
  const report = await kit.run("t");
  expect(report.error).toBeUndefined();
  expect(report.output).toEqual([true, true]);
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
});

test("the advice on a package that is not found names it, and where it is looked for", async () => {
  const kit = await kitOf(`${imports}
const name = "not-there-at-all"; await import(name);
export const t = task({ id: "t", run: async () => 1 });`);
  await expect(kit.run("t")).rejects.toMatchObject({
    code: "HF408",
    fix: expect.stringMatching(/Install not-there-at-all .*--data/),
  });
});

/** A package's jar, as `tough-cookie` has it: what `put` puts in has methods that `all` needs. */
class Crumb {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  shown(): string {
    return `<${this.text}>`;
  }
}
class Jar {
  readonly crumbs: Crumb[] = [];
  async put(text: string): Promise<void> {
    await turn();
    this.crumbs.push(new Crumb(text));
  }
  async all(): Promise<string[]> {
    await turn();
    return this.crumbs.map((crumb) => crumb.shown());
  }
}

test("an object with methods that a call puts into its receiver is told in the first pass: it would come back without them", async () => {
  outside({ Jar });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => {
  const jar = new outside.Jar();
  await jar.put("a");
  await wait.for({ hours: 1 });
  return await jar.all();
} });`);
  const { warnings } = await kit.run("t");
  expect(warnings.map(({ code, message }) => `${code} ${message}`)).toEqual([
    expect.stringMatching(
      /^HF303 jar\.put: it has put an object of the class Crumb into .* without its methods/,
    ),
  ]);
});

test("where its class is registered, it is told of nothing, and comes back whole", async () => {
  outside({ Jar, Crumb });
  const kit = await kitOf(`${imports}
import { registerCodec } from "holdfast";
registerCodec(outside.Crumb, "crumb", { toJSON: ({ text }: any) => text, fromJSON: (text: any) => new outside.Crumb(text) });
export const t = task({ id: "t", run: async () => {
  const jar = new outside.Jar();
  await jar.put("a");
  await wait.for({ hours: 1 });
  return await jar.all();
} });`);
  const report = await kit.run("t");
  expect([report.error, report.output]).toEqual([undefined, ["<a>"]]);
  expect(report.warnings.filter(({ code }) => code === "HF303")).toEqual([]);
  expect((await kit.crashEverywhere("t")).findings).toEqual([]);
});
