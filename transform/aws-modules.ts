/**
 * AWS's clients as ES modules: esbuild takes their CommonJS for Node by itself, of which nothing can be left out and
 * nothing put off. So a function would load three times as much at its start.
 *
 * Owns:      which packages are meant: AWS's own, whose two forms come from one source.
 * Never:     changes how an author's other packages are resolved: not every `module` entry of the registry works in Node.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/** What of a list of all protocols a client asks for: with the list esbuild would keep the XML of other services in what is loaded at the start. */
const ofAllProtocols = /import \{ (\w+(?:, \w+)*) \} from "@aws-sdk\/core\/protocols";/;

/** The same text with each protocol's own file in place of the list; unchanged where there is no such file. */
function withOwnFiles(text: string, path: string): string {
  const [line = "", names = ""] = ofAllProtocols.exec(text) ?? [];
  if (line === "") return text;
  const list = createRequire(path).resolve("@aws-sdk/core/protocols");
  const folder = dirname(list).replace("dist-cjs", "dist-es");
  const imports = names.split(", ").map((name) => {
    const found = ["json", "query", "xml"]
      .map((form) => join(folder, form, `${name}.js`))
      .find((file) => existsSync(file));
    const from = name.startsWith("Aws") ? found : "@smithy/core/protocols";
    return from && `import { ${name} } from ${JSON.stringify(from)};`;
  });
  return imports.includes(undefined) ? text : text.replace(line, imports.join("\n"));
}

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
      const users =
        /[\\/]node_modules[\\/]@aws-sdk[\\/].*[\\/]dist-es[\\/].*(runtimeConfig\.shared|JsonCodec2?)\.js$/;
      build.onLoad({ filter: users }, ({ path }) => ({
        contents: withOwnFiles(readFileSync(path, "utf8"), path),
        resolveDir: dirname(path),
      }));
      // Only a browser is asked what it is: what would read its answer is a package of 45 KB.
      const browsers = /[\\/]util-user-agent-browser[\\/]createUserAgentStringParsingProvider\.js$/;
      build.onLoad({ filter: browsers }, () => ({
        contents: "export const createUserAgentStringParsingProvider = undefined;",
      }));
      // A client tells its name and version with each request: nothing else of its description is asked for.
      const description =
        /[\\/]node_modules[\\/]@aws-sdk[\\/](?:client-[^\\/]+|nested-clients)[\\/]package\.json$/;
      build.onLoad({ filter: description }, ({ path }) => {
        const { name, version } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
        return { contents: JSON.stringify({ name, version }), loader: "json" };
      });
    },
  };
}
