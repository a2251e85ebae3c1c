/** In a rehearsed crash compiled code is not called: it would do for real what a closed world cannot see. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { root } from "../world/place.ts";

test("a rehearsed crash changes no database of a package's, and loads no compiled code", () => {
  const closing = pathToFileURL(join(root, "dist", "local", "replay-check", "closed-natives.js")).href;
  const program = `import Database from "better-sqlite3";
    import { closeNatives } from ${JSON.stringify(closing)};
    const open = new Database(":memory:");
    let told = 0;
    closeNatives(() => { told++; });
    const made = [];
    for (const write of [() => open.exec("create table t (x)"), () => new Database(":memory:").prepare("select 1"), () => process.dlopen({}, "any.node")])
      try { write(); made.push(write.toString()); } catch {}
    console.log(JSON.stringify({ told, made }));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd: root });
  expect(JSON.parse(stdout.toString())).toEqual({ told: 3, made: [] });
});
