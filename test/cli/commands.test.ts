/** The commands that look at a project or talk to a server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockFolder } from "../../local/lock.ts";
import { type Holdfast, secretKey } from "../world/holdfast.ts";
import { cli } from "../world/place.ts";
import { makeProject, type Project, taskFile } from "./project.ts";

let project: Project;
let holdfast: Holdfast;
beforeAll(async () => {
  project = await makeProject({
    "tasks/hello.ts": taskFile("hello", "await sleep(1);\n    return { greeting: payload.file };"),
    "tasks/broken.ts": taskFile(
      "broken",
      `await sleep(1);\n    throw new Error("It is \\u001b[31mbroken.");`,
    ),
  });
  holdfast = await project.start();
});
afterAll(() => project.end());

describe("AWS", () => {
  test("--stack says where: an address or key beside it is refused", async () => {
    const both = await project.run("runs", "list", "--stack", "Orders", "--url", "http://127.0.0.1:9");
    expect(both).toMatchObject({ code: 2, output: expect.stringContaining("--stack is given with --url") });
  });

  test("a key is another one or instead of all, not both; and it is some stack's", async () => {
    const both = await project.run("key", "--stack", "Orders", "--another", "--replace");
    expect(both).toMatchObject({ code: 2, output: expect.stringContaining("Give one") });
    expect(await project.run("key")).toMatchObject({ code: 2, output: expect.stringContaining("--stack") });
  });

  test("deploy needs the project's own CDK, and keeps the file of outputs to itself", async () => {
    const none = await project.run("deploy");
    expect(none).toMatchObject({
      code: 2,
      output: expect.stringContaining("npm install --save-dev aws-cdk@2"),
    });
    const own = await project.run("deploy", "--outputs-file", "mine.json");
    expect(own).toMatchObject({ code: 2, output: expect.stringContaining("npx cdk deploy") });
  });
});

describe("holdfast keys", () => {
  test("makes a key that may do what was said, beside a server that runs, lists and revokes it", async () => {
    const made = await project.json(
      "keys",
      "create",
      "--name",
      "ci",
      "--scope",
      "trigger",
      "--task",
      "hello",
    );
    const { id, key } = made as { id: string; key: string };
    const ask = async (task: string): Promise<number> => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch(`${holdfast.url}/api/v1/tasks/${task}/trigger`, { method: "POST", headers }))
        .status;
    };
    expect([await ask("hello"), await ask("broken")]).toEqual([200, 403]);
    const { output } = await project.run("keys", "list");
    expect(output).toMatch(new RegExp(`${id} +ci +trigger +hello`));
    expect(output).not.toContain(key);
    expect((await project.run("keys", "revoke", id)).code).toBe(0);
    expect(await ask("hello")).toBe(401);
    expect((await project.run("keys", "revoke", id)).output).toContain("HF406");
    expect((await project.run("keys", "create", "--scope", "all")).output).toContain("HF406");
  });
});

describe("holdfast trigger", () => {
  test("prints the run's id, and nothing else to stdout", async () => {
    const { code, output } = await project.run("trigger", "hello", `{"file":"a"}`);
    expect(code).toBe(0);
    expect(output.trim()).toMatch(/^run_[a-z0-9]{24}$/);
  });

  test("with --wait gives the run when it has ended", async () => {
    const run = await project.json("trigger", "hello", `{"file":"Ada"}`, "--wait");
    expect(run).toMatchObject({ status: "COMPLETED", output: { greeting: "Ada" } });
  });

  test("takes the payload as an option, too, and refuses it given twice", async () => {
    const run = await project.json("trigger", "hello", "--payload", `{"file":"Ada"}`, "--wait");
    expect(run).toMatchObject({ status: "COMPLETED", output: { greeting: "Ada" } });
    const twice = await project.run("trigger", "hello", "{}", "--payload", "{}");
    expect([twice.code, twice.output]).toEqual([2, expect.stringContaining("given twice")]);
  });

  test("with --wait fails when the run does", async () => {
    const { code, output } = await project.run("trigger", "broken", "--wait");
    expect(code).toBe(1);
    expect(output).toContain("FAILED");
  });

  test("gives the same run for the same idempotency key", async () => {
    const args = ["trigger", "hello", `{"file":"a"}`, "--idempotency-key", "k"];
    const first = await project.json(...args);
    expect(await project.json(...args)).toEqual({ ...(first as object), isCached: true });
  });

  test("says what is wrong with a payload, a task, an address, a key", async () => {
    expect((await project.run("trigger", "hello", "{x")).code).toBe(2);
    const unknown = await project.run("trigger", "nobody");
    expect(unknown.code).toBe(1);
    expect(unknown.output).toContain("HF203");
    const nowhere = await project.run("trigger", "hello", "--url", "http://127.0.0.1:9");
    expect(nowhere.code).toBe(3);
    expect(nowhere.output).toContain("HF504");
    const wrongKey = await project.run("trigger", "hello", "--key", "wrong-key-of-16-chars");
    expect(wrongKey.code).toBe(1);
    expect(wrongKey.output).toContain("HF202");
    expect(wrongKey.output).not.toContain(secretKey);
  });
});

describe("holdfast runs and dlq", () => {
  test("list, show and cancel", async () => {
    const id = await holdfast.trigger("hello", { file: "x" }, { tags: ["shown"] });
    await holdfast.finished(id);
    const list = (await project.json("runs", "list", "--tag", "shown")) as { data: { id: string }[] };
    expect(list.data.map((run) => run.id)).toEqual([id]);
    const shown = await project.run("runs", "show", id);
    expect(shown.output).toContain("COMPLETED");
    expect(shown.output).toContain("tasks/hello.ts:11");
    expect((await project.json("runs", "show", id)) as object).toMatchObject({
      id,
      output: { greeting: "x" },
      checkpoints: [{ kind: "checkpoint", name: "sleep", status: "COMPLETED" }],
    });
    const delayed = await holdfast.trigger("hello", { file: "x" }, { delay: "1h" });
    expect((await project.run("runs", "cancel", delayed)).code).toBe(0);
    expect((await holdfast.run(delayed)).status).toBe("CANCELED");
  });

  test("dead letters are listed with their last good checkpoint, and resumed", async () => {
    const id = await holdfast.trigger("broken", {});
    await holdfast.finished(id);
    const dlq = (await project.json("dlq", "list", "--task", "broken")) as { data: { id: string }[] };
    expect(dlq.data.map((run) => run.id)).toContain(id);
    const table = await project.run("dlq", "list");
    expect(table.output).toContain("\\x1b[31mbroken.");
    expect(table.output).not.toContain("\u001b");
    const unknown = await project.run("resume", id, "--keep", "/nothing#0");
    expect([unknown.code, unknown.output]).toEqual([1, expect.stringContaining("HF322")]);
    const [{ id: checkpoint }] = (
      (await project.json("runs", "show", id)) as { checkpoints: [{ id: string }] }
    ).checkpoints;
    expect((await project.run("resume", id, "--code", "same", "--redo", checkpoint)).output).toContain(id);
    expect((await holdfast.finished(id)).status).toBe("FAILED");
  });

  test("a run is started anew with another payload", async () => {
    const id = await holdfast.trigger("hello", { file: "first" });
    const other = await project.run("replay", id, "--payload", `{"file":"second"}`);
    expect((await holdfast.finished(other.output.trim())).output).toEqual({ greeting: "second" });
  });

  test("fork gives a run that goes on from a checkpoint, and shows of which it is", async () => {
    const id = await holdfast.trigger("hello", { file: "forked" });
    await holdfast.finished(id);
    const { output } = await project.run("fork", id, "--from", "sleep");
    const forked = output.trim();
    expect(forked).toMatch(/^run_[a-z0-9]{24}$/);
    expect((await holdfast.finished(forked)).output).toEqual({ greeting: "forked" });
    expect((await project.run("runs", "show", forked)).output).toMatch(
      new RegExp(`^fork of +${id}, up to record \\d+$`, "m"),
    );
    const none = await project.run("fork", id, "--from", "nothing");
    expect([none.code, none.output]).toEqual([1, expect.stringContaining("HF322")]);
    expect((await project.run("fork", id)).code).toBe(2);
  });

  test("an unknown run, a bad filter", async () => {
    expect((await project.run("runs", "show", "run_x")).output).toContain("HF208");
    const bad = await project.run("runs", "list", "--after", "BUSY");
    expect([bad.code, bad.output]).toEqual([1, expect.stringContaining("HF207")]);
  });
});

describe("holdfast erase", () => {
  test("takes ended runs away, refuses open ones, and says what may remain", async () => {
    const [one, two] = [
      await holdfast.trigger("hello", { file: "e" }),
      await holdfast.trigger("hello", { file: "e" }, { tags: ["user_7"] }),
    ];
    for (const id of [one, two]) await holdfast.finished(id);
    const open = await holdfast.trigger("hello", { file: "x" }, { delay: "1h", tags: ["user_7"] });
    const refused = await project.run("erase", one, open);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("HF226");
    expect(await project.json("erase", one)).toMatchObject({
      erased: [one],
      kept: [],
      remains: [/backups/, /free pages/, /traces/].map((text) => expect.stringMatching(text)),
    });
    expect((await project.run("runs", "show", one)).output).toContain("HF208");
    const tagged = await project.run("erase", "--tag", "user_7");
    expect(tagged.code).toBe(1);
    expect(tagged.output).toContain(`Kept ${open}`);
    expect((await project.run("runs", "show", two)).output).toContain("HF208");
    expect((await project.run("erase")).code).toBe(2);
  });
});

describe("holdfast backup and restore", () => {
  test("copy the data folder of a server that is at work, and put it elsewhere", async () => {
    const id = await holdfast.trigger("hello", { file: "kept" });
    await holdfast.finished(id);
    expect(await project.json("backup", "copies/one")).toMatchObject({ folder: "copies/one", backup: 1 });
    expect((await project.run("backup", "copies/one")).output).toContain("HF413");
    expect((await project.run("restore", "copies/one")).output).toContain("HF401");
    expect((await project.run("restore", "copies/one", "--data", "restored")).code).toBe(0);
    expect((await project.run("doctor", "--port", "0", "--data", "restored")).code).toBe(0);
  });
});

describe("holdfast doctor", () => {
  test("doctor is content with a folder whose server is at work, and with a free one; a port of another server's is told", async () => {
    const { port } = new URL(holdfast.url);
    const own = await project.run("doctor", "--port", port);
    expect([own.code, own.output]).toEqual([0, expect.stringContaining(`at work: ${holdfast.url}`)]);
    const other = await project.run("doctor", "--port", port, "--data", "other-data");
    expect([other.code, other.output]).toEqual([1, expect.stringContaining("HF402")]);
    expect((await project.run("doctor", "--port", "0", "--data", "other-data")).code).toBe(0);
  });

  test("doctor tells of a folder that a process holds and does not answer for", async () => {
    await mkdir(join(project.path, "held-data"));
    const lock = lockFolder(join(project.path, "held-data"));
    lock.announce("http://127.0.0.1:9");
    const held = await project.run("doctor", "--port", "0", "--data", "held-data");
    lock.release();
    expect([held.code, held.output]).toEqual([1, expect.stringContaining("HF401")]);
  });
});

describe("help", () => {
  test("every command has examples; the exit codes are named", async () => {
    const { code, output } = await project.run("--help");
    expect(code).toBe(0);
    expect(output).toContain("Exit codes: 0 done, 1 failed, 2 wrong use, 3 the server could not be reached.");
    const names = ["dev", "serve", "build", "explain", "trigger", "runs", "dlq", "resume", "doctor"];
    for (const name of names) {
      expect(output).toContain(name);
      const help = await project.run(name, "--help");
      expect(help.code).toBe(0);
      expect(help.output).toContain(`$ holdfast ${name}`);
    }
  });

  test("a reader that has seen enough ends a command quietly", async () => {
    const child = spawn(process.execPath, [cli, "--help"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += String(chunk);
    });
    const [code] = await once(child, "close");
    expect([code, said]).toEqual([0, ""]);
  });

  test("wrong use ends with 2, without a stack", async () => {
    for (const args of [["frobnicate"], ["trigger"], ["resume", "run_x", "--code", "old"]]) {
      const { code, output } = await project.run(...args);
      expect(code).toBe(2);
      expect(output).not.toMatch(/^\s+at /m);
    }
  });
});
