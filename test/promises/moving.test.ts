/** `holdfast dev`: a run that waits goes on with edited code, where nothing that it has done would be otherwise. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type Project } from "../cli/project.ts";
import type { Holdfast } from "../world/holdfast.ts";

/** What is edited: what the call before the wait is given, what stands before it, and what comes behind it. */
const source = (edit: { charged?: string; before?: string; told?: string }): string => `
import { appendFile } from "node:fs/promises";
import { task, wait } from "holdfast";
const charge = async (file: string, line: string) => { await appendFile(file, line + "\\n"); return line; };
export const order = task({ id: "order", run: async ({ file }: { file: string }) => {
  ${edit.before ?? ""}
  const charged = await charge(file, ${JSON.stringify(edit.charged ?? "charged")});
  const token = await wait.createToken({ timeout: "1h" });
  const answer = await wait.forToken<string>(token).unwrap();
  return [charged, answer, ${JSON.stringify(edit.told ?? "first")}];
} });
`;

let project: Project;
let holdfast: Holdfast;
beforeAll(async () => {
  project = await makeProject({ "tasks/order.ts": source({}) });
  holdfast = await project.start();
});
afterAll(() => project?.end());

async function waiting(file: string): Promise<{ id: string; complete: () => Promise<unknown> }> {
  const id = await holdfast.trigger("order", { file });
  await expect.poll(async () => (await holdfast.run(id)).status).toBe("WAITING");
  const { body } = await holdfast.request("GET", "/api/v1/waitpoints/tokens?status=WAITING");
  const token = (body as { data: { id: string }[] }).data[0]?.id;
  return {
    id,
    complete: () => holdfast.request("POST", `/api/v1/waitpoints/tokens/${token}/complete`, { data: "yes" }),
  };
}
const saidBehind = (length: number) => () => holdfast.output().slice(length);

test("an edit behind the wait: the waiting run goes on with it, and what it has done is not done again", async () => {
  const file = `${project.path}/behind`;
  const { id, complete } = await waiting(file);
  const said = saidBehind(holdfast.output().length);
  await project.write("tasks/order.ts", source({ told: "second" }));
  await expect.poll(said).toMatch(/A waiting run of order will go on with version \w+\./);
  await complete();
  expect(await holdfast.finished(id)).toMatchObject({
    status: "COMPLETED",
    output: ["charged", "yes", "second"],
  });
  expect(await project.read("behind")).toBe("charged\n");
});

test.each([
  [
    "a call that was made gets another input",
    { charged: "charged twice", told: "third" },
    /appendFile \(tasks\/order\.ts:4\): \w/,
  ],
  [
    "a call is put before the wait",
    { before: `await charge(file, "new");`, told: "fourth" },
    /appendFile \(tasks\/order\.ts:4\): \w/,
  ],
  ["what was done is taken away", { before: "if (file) return [];", told: "fifth" }, /it would have ended/],
])(
  "%s: the waiting run stays on the code that it began with, and it is said why",
  async (title, edit, why) => {
    const [name, told] = [title.replaceAll(" ", "-"), `before ${title}`];
    const built = saidBehind(holdfast.output().length);
    await project.write("tasks/order.ts", source({ told }));
    await expect.poll(built).toContain("Built: 1 task(s)");
    const { id, complete } = await waiting(`${project.path}/${name}`);
    const said = saidBehind(holdfast.output().length);
    await project.write("tasks/order.ts", source(edit));
    await expect.poll(said).toContain("A waiting run of order stays on the code from before:");
    expect(said()).toMatch(why);
    await complete();
    expect(await holdfast.finished(id)).toMatchObject({ output: ["charged", "yes", told] });
    expect(await project.read(name)).toBe("charged\n");
  },
);
