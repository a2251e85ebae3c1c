/** An error names the line at which it was waited for, whoever waits with it. */
import { expect, test } from "vitest";
import { imports, kitOf } from "./kit.ts";

test("a child or token that fails within Promise.all is named by its own line", async () => {
  const source = `${imports}
const child = task({ id: "child", retry: { maxAttempts: 1 }, run: async (n: number) => { if (n === 2) throw new Error("no"); return n; } });
async function ask(n: number) {
  return child.triggerAndWait(n).unwrap(); // asks
}
export const children = task({ id: "children", run: async () => {
  await wait.for({ hours: 1 });
  await Promise.all([
    child.triggerAndWait(1).unwrap(),
    child.triggerAndWait(2).unwrap(), // fails
  ]);
} });
export const helper = task({ id: "helper", run: async () => {
  await Promise.all([1, 2].map((n) => ask(n))); // leads there
} });
export const tokens = task({ id: "tokens", run: async () => {
  const { id } = await wait.createToken({ timeout: "1m" });
  await Promise.all([
    wait.for({ hours: 1 }),
    wait.forToken(id).unwrap(), // fails late
  ]);
} });
export { child };`;
  const kit = await kitOf(source);
  const lines = source.split("\n");
  const lineOf = (comment: string): number => lines.findIndex((line) => line.endsWith(`// ${comment}`)) + 1;
  const placesOf = async (id: string): Promise<string> => (await kit.run(id)).error?.stack ?? "";
  expect(await placesOf("children")).toContain(`main.ts:${lineOf("fails")}`);
  expect(await placesOf("helper")).toMatch(
    new RegExp(`main\\.ts:${lineOf("asks")}\\b[^]*main\\.ts:${lineOf("leads there")}\\b`),
  );
  expect(await placesOf("tokens")).toContain(`main.ts:${lineOf("fails late")}`);
});
