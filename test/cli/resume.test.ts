/**
 * Ten programs that a bug has failed, mended in ways of their own, and resumed together: the plan says beforehand what becomes of each
 * record, and so it comes. Each outside call writes a line into a file: what is made twice is seen.
 */
import { expect, onTestFinished, test } from "vitest";
import { makeProject, type Project } from "./project.ts";

const head = `
import { appendFile } from "node:fs/promises";
import { task, wait } from "holdfast";
type Input = { file: string; xs: string[] };
const call = (name: string) => async (file: string, what: string): Promise<string> => { await appendFile(file, name + " " + what + "\\n"); return what; };
const act = call("act"), pay = call("pay"), mail = call("mail");
`;

/** A task: its body, and helpers that stand above it. */
const program = (id: string, body: string, helpers = ""): string => `${helpers}
export const ${id} = task({ id: "${id}", retry: { maxAttempts: 1 }, run: async ({ file, xs }: Input) => { ${body} } });`;

const bug = `throw new TypeError("cannot read xs");`;
const first = `const a = await act(file, "a"); const b = await pay(file, "b");`;

interface Mended {
  readonly id: string;
  readonly before: string;
  readonly after: readonly [body: string, helpers?: string];
  /** What the mended run makes besides; `asked`: it is not resumed before somebody has decided. */
  readonly makes: readonly string[];
  readonly gives: unknown;
  readonly asked?: true;
}

const programs: readonly Mended[] = [
  { id: "plain", before: `${first} ${bug}`, after: [`${first} return a + b;`], makes: [], gives: "ab" },
  {
    id: "helper",
    before: `${first} ${bug}`,
    after: [`return await both(file);`, `const both = async (file: string) => { ${first} return a + b; };`],
    makes: [],
    gives: "ab",
  },
  {
    id: "wrapped",
    before: `${first} ${bug}`,
    after: [`try { ${first} return a + b; } catch { return "none"; }`],
    makes: [],
    gives: "ab",
  },
  {
    id: "parallel",
    before: `for (const x of xs) await act(file, x); ${bug}`,
    after: [`return (await Promise.all(xs.map((x) => act(file, x)))).join("");`],
    makes: [],
    gives: "xyz",
  },
  {
    id: "swapped",
    before: `${first} ${bug}`,
    after: [`const b = await pay(file, "b"); const a = await act(file, "a"); return a + b;`],
    makes: [],
    gives: "ab",
  },
  {
    id: "inserted",
    before: `${first} ${bug}`,
    after: [`const c = await mail(file, "c"); ${first} return a + b + c;`],
    makes: ["mail c"],
    gives: "abc",
  },
  {
    id: "dropped",
    before: `${first} ${bug}`,
    after: [`return await act(file, "a");`],
    makes: [],
    gives: "a",
  },
  {
    id: "waited",
    before: `await wait.for({ seconds: 1 }); ${first} ${bug}`,
    after: [`const rest = () => wait.for({ seconds: 1 }); await rest(); ${first} return a + b;`],
    makes: [],
    gives: "ab",
  },
  {
    id: "changed",
    before: `${first} ${bug}`,
    after: [`const a = await act(file, "a"); const b = await pay(file, "b2"); return a + b;`],
    makes: [],
    gives: "ab",
    asked: true,
  },
  {
    id: "renamed",
    before: `const all: string[] = []; for (const x of xs) all.push(await act(file, x)); ${bug}`,
    after: [
      `const got: string[] = []; for (const each of xs) got.push(await act(file, each)); return got.join("");`,
    ],
    makes: [],
    gives: "xyz",
  },
];

interface Planned {
  readonly runId: string;
  readonly plan: {
    readonly task: string;
    readonly counts: Record<string, number>;
    readonly rows: readonly { what: string; key: string }[];
  };
}

const lines = async (project: Project, id: string): Promise<string[]> =>
  (await project.read(`${id}.txt`)).split("\n").filter((line) => line !== "");

test("ten programs failed by a bug and fixed in different ways are resumed in bulk: nothing that had finished runs again, conflicts are asked, and the plan said so beforehand", async () => {
  const before = programs.map(({ id, before: body }) => program(id, body)).join("\n");
  const project = await makeProject({ "tasks/all.ts": head + before });
  onTestFinished(() => project.end());
  const holdfast = await project.start({});
  const ids = new Map<string, string>();
  for (const { id } of programs) {
    const file = `${project.path}/${id}.txt`;
    ids.set(id, await holdfast.trigger(id, { file, xs: ["x", "y", "z"] }));
  }
  const made = new Map<string, string[]>();
  for (const [id, runId] of ids) {
    expect((await holdfast.finished(runId)).status).toBe("FAILED");
    made.set(id, await lines(project, id));
  }
  const after = programs.map(({ id, after: [body, helpers] }) => program(id, body, helpers)).join("\n");
  await project.write("tasks/all.ts", head + after);
  await expect.poll(() => holdfast.output()).toContain("Built: ");

  const filter = ["--error", "cannot read xs", "--since", "1d"];
  const said = await project.json("resume", ...filter, "--dry-run");
  const { runs } = said as { runs: Planned[] };
  expect(runs).toHaveLength(10);
  for (const { id, makes, asked } of programs) {
    const counts = runs.find(({ runId }) => runId === ids.get(id))?.plan.counts;
    expect([id, counts?.new, counts?.again, counts?.conflict]).toEqual([id, makes.length, 0, asked ? 1 : 0]);
    expect(await lines(project, id), "a plan makes no call").toEqual(made.get(id));
  }
  const shown = await project.run("resume", ...filter, "--dry-run");
  expect([shown.code, shown.output]).toEqual([1, expect.stringContaining("--redo")]);

  const bulk = await project.run("resume", ...filter);
  expect([bulk.code, bulk.output]).toEqual([1, expect.stringContaining("9 of 10 runs go on")]);
  for (const { id, gives, makes } of programs.filter(({ asked }) => !asked)) {
    expect(await holdfast.finished(ids.get(id) ?? "")).toMatchObject({ status: "COMPLETED", output: gives });
    expect(await lines(project, id)).toEqual([...(made.get(id) ?? []), ...makes]);
  }
  const changed = ids.get("changed") ?? "";
  expect((await holdfast.run(changed)).status).toBe("FAILED");
  const question = runs
    .find(({ runId }) => runId === changed)
    ?.plan.rows.find(({ what }) => what === "conflict");
  const kept = await project.run("resume", changed, "--keep", question?.key ?? "");
  expect([kept.code, kept.output]).toEqual([0, expect.stringContaining("goes on")]);
  expect(await holdfast.finished(changed)).toMatchObject({ status: "COMPLETED", output: "ab2" });
  expect(await lines(project, "changed")).toEqual(made.get("changed"));
});
