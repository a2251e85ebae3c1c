/**
 * A `trigger.config` evaluated: its file and what it imports of the author's, in a process of its own.
 *
 * Owns:      how it is bundled, and the process.
 * Never:     loads a package, or the author's code into this process.
 */
import { spawn } from "node:child_process";
import { isBuiltin } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  type BuildFailure,
  type BuildResult,
  build,
  type OnResolveArgs,
  type OnResolveResult,
  type Plugin,
  type PluginBuild,
} from "esbuild";
import type { ConfigReport } from "./config-report.ts";

/** What was found, or why it could not be. */
export type Evaluated = ConfigReport | { readonly wrong: string };

/** How long a config may take. */
const patienceMs = 30_000;

const NAMESPACE = "holdfast-config";
const beside = (name: string): string =>
  fileURLToPath(new URL(`./${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));

const SDK = /^(holdfast(\/v3)?|@trigger\.dev\/sdk(\/v3)?|@trigger\.dev\/core\/v3)$/;

const packageStandIn = (name: string): string =>
  SDK.test(name)
    ? `module.exports = require("stand-in").sdkStandIn;`
    : `module.exports = require("stand-in").standIn(${JSON.stringify(name)});`;

const entry = `
import { writeSync } from "node:fs";
import { reportOf } from "report";
const tell = (answer) => writeSync(3, JSON.stringify(answer));
// As Trigger.dev's command line does; what is loaded first counts.
for (const file of [".env.development.local", ".env.local", ".env.development", ".env"])
  try { process.loadEnvFile(file); } catch {}
// There is no such project here: a config that insists on one is given a name for it.
process.env.TRIGGER_PROJECT_REF ??= "proj_holdfast";
process.env.TRIGGER_PROJECT_ID ??= "proj_holdfast";
try { tell(reportOf(await import("config"))); }
catch (error) { tell({ wrong: "It threw: " + (error?.stack ?? String(error)).split("\\n", 1)[0] }); }
process.exit();
`;

/** The author's files are bundled, wherever they are linked from; packages are stood in for. */
function modules(config: string): Plugin {
  const named: Readonly<Record<string, string>> = {
    config,
    report: beside("config-report"),
    "stand-in": beside("config-stand-in"),
  };
  const asked = Symbol("asked");
  const resolve = async (build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult> => {
    const { path, kind, resolveDir, importer, namespace } = args;
    if (kind === "entry-point") return { path: "entry", namespace: NAMESPACE };
    const own = namespace === NAMESPACE ? named[path] : undefined;
    if (own !== undefined) return { path: own };
    const found = await build.resolve(path, { kind, resolveDir, importer, pluginData: asked });
    const isPackage = SDK.test(path) || found.errors.length > 0 || found.path.includes("node_modules");
    return isPackage ? { path, namespace: NAMESPACE } : { path: found.path };
  };
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: /^[^./#\\]/ }, async (args) =>
        args.pluginData === asked || isBuiltin(args.path) ? undefined : resolve(build, args),
      );
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        contents: path === "entry" ? entry : packageStandIn(path),
        loader: "js",
        resolveDir: dirname(config),
      }));
    },
  };
}

const textOf = ({ errors }: BuildFailure): string =>
  errors
    .map(({ text, location }) => (location === null ? text : `${location.file}:${location.line}: ${text}`))
    .join("; ");

/** Reads a config file. */
export async function evaluateConfig(file: string): Promise<Evaluated> {
  const url = JSON.stringify(pathToFileURL(file).href);
  let built: BuildResult<{ write: false }>;
  try {
    built = await build({
      absWorkingDir: dirname(file),
      entryPoints: ["holdfast-config-entry"],
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "silent",
      define: {
        "import.meta.url": url,
        __filename: JSON.stringify(file),
        __dirname: JSON.stringify(dirname(file)),
      },
      banner: {
        js: `import { createRequire as $require } from "node:module"; const require = $require(${url});`,
      },
      plugins: [modules(file)],
    });
  } catch (error) {
    if (error instanceof Error && "errors" in error)
      return { wrong: `It could not be built: ${textOf(error as BuildFailure)}.` };
    throw error;
  }
  return run(built.outputFiles[0]?.text ?? "", dirname(file));
}

function run(code: string, folder: string): Promise<Evaluated> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--input-type=module", "-"], {
      cwd: folder,
      stdio: ["pipe", "ignore", "pipe", "pipe"],
      timeout: patienceMs,
    });
    const [, , errors, answers] = child.stdio;
    let answer = "";
    let said = "";
    answers?.on("data", (data: Buffer) => {
      answer += data.toString();
    });
    errors?.on("data", (data: Buffer) => {
      said += data.toString();
    });
    child.on("error", ({ message }) =>
      resolve({ wrong: `The process to read it did not start: ${message}.` }),
    );
    child.on("close", (code, signal) => {
      if (answer !== "") return resolve(JSON.parse(answer) as Evaluated);
      const why = signal ?? `exit code ${code}`;
      resolve({ wrong: `The process that read it ended (${why}). ${said.trim()}`.trim() });
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(code);
  });
}
