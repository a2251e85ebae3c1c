/** `holdfast dev` and `holdfast serve` on the author's real files: what stops them from starting, and what rebuilds. */
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../local/fake/holdfast.ts";
import { commandsBelow } from "../world/processes.ts";
import { makeProject, type Project, taskFile } from "./project.ts";

let project: Project | undefined;
afterEach(async () => {
  await project?.end();
  project = undefined;
});

async function projectWith(files: Readonly<Record<string, string>>): Promise<Project> {
  project = await makeProject(files);
  return project;
}

const hello = taskFile("hello", `return "one";`);

describe("does not start", () => {
  test("without a folder of tasks", async () => {
    const { run } = await projectWith({});
    const { code, output } = await run("dev", "--port", "0");
    expect(code).toBe(1);
    expect(output).toContain("HF403");
    expect(output).toContain("--dir");
  });

  test("with a folder that has no tasks", async () => {
    const { run } = await projectWith({ "tasks/nothing.ts": "export const nothing = 1;" });
    const { code, output } = await run("dev", "--port", "0");
    expect(code).toBe(1);
    expect(output).toContain("HF403");
  });

  test("with a syntax error: it is shown where it is", async () => {
    const { run } = await projectWith({ "tasks/hello.ts": "export const a = 1;\nexport const b = = 2;\n" });
    const { code, output } = await run("serve", "--port", "0");
    expect(code).toBe(1);
    expect(output).toContain("HF407");
    expect(output).toContain("tasks/hello.ts:2");
    expect(output).toContain("> 2 | export const b = = 2;");
    expect(output).not.toMatch(/^\s+at .*\.js:\d+/m);
  });

  test("with two tasks of one id: both are named", async () => {
    const { run } = await projectWith({ "tasks/a.ts": hello, "tasks/b.ts": hello });
    const { code, output } = await run("dev", "--port", "0");
    expect(code).toBe(1);
    expect(output).toContain("tasks/a.ts");
    expect(output).toContain("tasks/b.ts");
    expect(output).toMatch(/HF111|HF502/);
  });

  test("with a file that throws while it is loaded: the author's line is named", async () => {
    const text = `${hello}\nthrow new Error("No database.");\n`;
    const { run } = await projectWith({ "tasks/hello.ts": text });
    const { code, output } = await run("dev", "--port", "0");
    expect(code).toBe(1);
    expect(output).toContain("HF408");
    expect(output).toContain("No database.");
    expect(output).toContain("> 15 | throw new Error");
  });

  test("with a call of the SDK that throws while a file is loaded: the author's line is named, not ours", async () => {
    const text = `import { queue } from "holdfast";\n${hello}\nexport const own = queue(JSON.parse('{"name":5}'));\n`;
    const { run } = await projectWith({ "tasks/hello.ts": text });
    const { code, output } = await run("dev", "--port", "0");
    expect(code).toBe(1);
    expect(output).toMatch(/HF408.*HF541/);
    expect(output).toContain("> 16 | export const own = queue(");
  });

  test("with a data folder that is a file", async () => {
    const { run, write } = await projectWith({ "tasks/hello.ts": hello });
    await write("data", "");
    const { code, output } = await run("dev", "--port", "0", "--data", "data");
    expect(code).toBe(1);
    expect(output).toContain("HF409");
  });

  test.skipIf(!existsSync("/proc/self"))("with a data folder where nobody may make one", async () => {
    const { run } = await projectWith({ "tasks/hello.ts": hello });
    const { code, output } = await run("dev", "--port", "0", "--data", "/proc/holdfast");
    expect(code).toBe(1);
    expect(output).toContain("HF409");
  });

  test.skipIf(process.getuid?.() === 0)("with a data folder that may not be written", async () => {
    const { run, path } = await projectWith({ "tasks/hello.ts": hello });
    mkdirSync(join(path, "data"));
    chmodSync(join(path, "data"), 0o500);
    const { code, output } = await run("dev", "--port", "0", "--data", "data");
    expect(code).toBe(1);
    expect(output).toContain("HF409");
  });

  test("with a port that is no port, or a number of runners that is none: that is wrong use", async () => {
    const { run } = await projectWith({ "tasks/hello.ts": hello });
    expect((await run("dev", "--port", "seven")).code).toBe(2);
    const { code, output } = await run("dev", "--port", "0", "--runners", "0");
    expect(code).toBe(2);
    expect(output).toContain("HF406");
  });
});

test("a run knows its stage: dev, prod for serve, or what it is called", async () => {
  const where = `import { task } from "holdfast";
    export const where = task({ id: "where", run: async (_: unknown, { ctx }) => [ctx.environment.slug, ctx.environment.type] });`;
  const { start } = await projectWith({ "tasks/where.ts": where });
  const told = async (options: Parameters<typeof start>[0]) => {
    const holdfast = await start(options);
    const { output } = await holdfast.finished(await holdfast.trigger("where", {}));
    await holdfast.stop();
    return output;
  };
  expect(await told({ command: "dev" })).toEqual(["dev", "DEVELOPMENT"]);
  expect(await told({ command: "serve" })).toEqual(["prod", "PRODUCTION"]);
  expect(await told({ command: "serve", env: { HOLDFAST_STAGE: "trial" } })).toEqual(["trial", "PRODUCTION"]);
});

test("holdfast serve is a supervisor and one runner: what has built the code is gone", async () => {
  const { start } = await projectWith({ "tasks/hello.ts": hello });
  const holdfast = await start({ command: "serve" });
  await holdfast.finished(await holdfast.trigger("hello", {}));
  // The process that has said which tasks there are may be on its way out.
  await expect.poll(() => commandsBelow(holdfast.pid)).toEqual([expect.stringMatching(/runner/)]);
});

describe("holdfast dev", () => {
  test("makes a key, shows it once, and keeps it for its owner only", async () => {
    const { start, data } = await projectWith({ "tasks/hello.ts": hello });
    const first = await start({ env: { HOLDFAST_SECRET_KEY: "", HOLDFAST_WEBHOOK_SECRET: "" } });
    const { secretKey, webhookSecret } = JSON.parse(readFileSync(join(data, "keys.json"), "utf8"));
    expect(secretKey).toMatch(/^hf_dev_[0-9A-Za-z]{43}$/);
    expect(webhookSecret).toMatch(/^whsec_/);
    expect(statSync(join(data, "keys.json")).mode & 0o777).toBe(0o600);
    expect(first.output()).toContain(secretKey);
    await first.stop();
    const second = await start({ env: { HOLDFAST_SECRET_KEY: "", HOLDFAST_WEBHOOK_SECRET: "" } });
    expect(second.output()).not.toContain(secretKey);
    const listed = await fetch(`${second.url}/api/v1/tasks`, {
      headers: { authorization: `Bearer ${secretKey}` },
    });
    expect(listed.status).toBe(200);
  });

  test("builds again: new runs are on the new code, a run that has begun stays on its own", async () => {
    const body = (text: string) => `
      await sleep(1);
      appendFileSync(payload.file, "begun\\n");
      await wait.for({ seconds: 5 });
      return "${text}";`;
    const { start, write, path } = await projectWith({ "tasks/hello.ts": taskFile("hello", body("one")) });
    const holdfast = await start();
    const file = join(path, "begun.txt");
    const old = await holdfast.trigger("hello", { file });
    await until("the first run has begun", () => existsSync(file));
    await write("tasks/hello.ts", taskFile("hello", `return "two";`));
    await until("it is built again", () => /Built: /.test(holdfast.output()));
    const fresh = await holdfast.trigger("hello", { file });
    expect((await holdfast.finished(fresh)).output).toBe("two");
    expect((await holdfast.finished(old)).output).toBe("one");
  });

  test("takes up a change of trigger.config.ts, and one that comes to be", async () => {
    const twice = `import { task } from "holdfast";
      export const twice = task({ id: "twice", run: async (_: unknown, { ctx }) => {
        if (ctx.attempt.number === 1) throw new Error("once");
        return ctx.attempt.number;
      } });`;
    const config = (attempts: number): string =>
      `export default { project: "p", dirs: ["./tasks"], retries: { enabledInDev: true, default: { maxAttempts: ${attempts}, minTimeoutInMs: 1 } } };`;
    const { start, write } = await projectWith({ "tasks/twice.ts": twice });
    const holdfast = await start();
    const built = (): number => holdfast.output().match(/Built: /g)?.length ?? 0;
    const ended = async () => holdfast.finished(await holdfast.trigger("twice", {}));
    for (const [attempts, status] of [
      [1, "FAILED"],
      [2, "COMPLETED"],
    ] as const) {
      const before = built();
      await write("trigger.config.ts", config(attempts));
      await until("it is built again with the config", () => built() > before);
      expect((await ended()).status).toBe(status);
    }
    expect(holdfast.output()).toContain("The project's config has changed");
  });

  test("goes on with the last good code when a change does not build", async () => {
    const { start, write } = await projectWith({ "tasks/hello.ts": hello });
    const holdfast = await start();
    await write("tasks/hello.ts", "export const = 1;\n");
    await until("the problem is shown", () => holdfast.output().includes("HF407"));
    expect(holdfast.output()).toContain("The last good version");
    const id = await holdfast.trigger("hello", {});
    expect((await holdfast.finished(id)).output).toBe("one");
    await write("tasks/hello.ts", taskFile("hello", `return "two";`));
    await until("new runs are on the new code", async () => {
      const next = await holdfast.trigger("hello", {});
      return (await holdfast.finished(next)).output === "two";
    });
  });

  test("survives the death of everything with the real engine: what is recorded is not made again", async () => {
    const body = `
      for (let i = 1; i <= 8; i += 1) {
        await sleep(40);
        await appendFile(payload.file, i + "\\n");
      }
      return "done";`;
    const { start, path } = await projectWith({ "tasks/hello.ts": taskFile("hello", body) });
    const file = join(path, "steps.txt");
    appendFileSync(file, "");
    const lines = (): string[] => readFileSync(file, "utf8").trim().split("\n").filter(Boolean);
    const first = await start();
    const id = await first.trigger("hello", { file });
    await until("some steps are made", () => lines().length >= 3);
    await first.killTree();
    const second = await start({ command: "serve" });
    expect((await second.finished(id)).output).toBe("done");
    expect([...new Set(lines())]).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
    // Only the one that was cut off may have been made twice.
    expect(lines().length).toBeLessThanOrEqual(9);
  });
});
