/**
 * AWS's clients as ES modules: esbuild takes their CommonJS for Node by itself, of which nothing can be left out and
 * nothing put off. So a function would load three times as much at its start.
 *
 * Owns:      which packages are meant: AWS's own, whose two forms come from one source.
 * Never:     changes how an author's other packages are resolved: not every `module` entry of the registry works in Node.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/** The plugin. What is loaded is changed, not what is resolved: other plugins ask esbuild where things are. */
export function awsModules(): Plugin {
  return {
    name: "aws-modules",
    setup(build) {
      const filter = /[\\/]node_modules[\\/]@(aws-sdk|smithy)[\\/][^\\/]+[\\/]dist-cjs[\\/]index\.js$/;
      build.onLoad({ filter }, ({ path }) => {
        const resolveDir = dirname(path);
        if (!existsSync(join(resolveDir, "..", "dist-es", "index.js"))) return undefined;
        return { contents: 'export * from "../dist-es/index.js";\n', resolveDir };
      });
      // A client tells its name and version with each request: nothing else of its description is asked for.
      const description = /[\\/]node_modules[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/;
      build.onLoad({ filter: description }, ({ path }) => {
        const { name, version } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
        return { contents: JSON.stringify({ name, version }), loader: "json" };
      });
    },
  };
}
