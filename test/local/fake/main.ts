/**
 * A supervisor over a bundle made by hand, started like the command line: `dev --port … --data …`.
 * `FAKE_VERSION` is its code version, `FAKE_RUNNERS` the number of runners,
 * `FAKE_PASSES` how many passes each has at a time, `FAKE_PATIENCE` the time after which a hung runner is killed.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { startSupervisor } from "../../../local/supervisor.ts";
import { root } from "../../world/place.ts";

const texts = { dir: { type: "string" }, port: { type: "string" }, data: { type: "string" } } as const;
const { port = "0", data = "" } = parseArgs({ options: texts, allowPositionals: true }).values;
const version = process.env.FAKE_VERSION ?? "fake1";

const build = async () => {
  const text = await readFile(join(root, "test", "local", "fake", "tasks.mjs"), "utf8");
  const dist = pathToFileURL(join(root, "dist")).href;
  return {
    codeVersion: version,
    files: { "bundle.mjs": text.replaceAll("dist:", `${dist}/`).replace("VERSION", version) },
  };
};

try {
  const supervisor = await startSupervisor({
    dir: "none",
    dataDir: data,
    port: Number(port),
    runners: Number(process.env.FAKE_RUNNERS ?? 2),
    passesPerRunner: Number(process.env.FAKE_PASSES ?? 64),
    patienceMs: Number(process.env.FAKE_PATIENCE ?? 10_000),
    watch: false,
    source: { build, watch: async () => ({ close: () => {} }) },
    env: process.env,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  process.on("SIGTERM", () => void supervisor.close().then(() => process.exit()));
  process.stdout.write(`ready ${supervisor.url}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
