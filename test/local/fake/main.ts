/** A supervisor over a bundle made by hand: `node main.js <data folder> <port> [runners]`, `VERSION` in the environment. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startSupervisor } from "../../../local/supervisor.ts";
import { root } from "../../world/place.ts";

const [dataFolder = "", port = "0", runners = "2"] = process.argv.slice(2);
const version = process.env.VERSION ?? "fake1";

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
    dataFolder,
    port: Number(port),
    runners: Number(runners),
    watch: false,
    source: { build, watch: async () => ({ close: () => {} }) },
    env: process.env,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  process.on("SIGTERM", () => void supervisor.close().then(() => process.exit(0)));
  process.stdout.write(`ready ${supervisor.url}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
