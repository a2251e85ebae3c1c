/** A cloud assembly as `cdk synth` leaves it: the template of its one stack, and the folders of its assets. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type JsonObject, object, text } from "./json.ts";

/** What a deploy starts from. */
export interface Assembly {
  readonly stack: string;
  readonly template: JsonObject;
  /** The folder behind an asset's object key. */
  asset(objectKey: string): string;
}

const read = (path: string): JsonObject => JSON.parse(readFileSync(path, "utf8")) as JsonObject;

/** Reads the folder `cdk.out`. Throws unless there is exactly one stack, or the named one. */
export function readAssembly(folder: string, stack?: string): Assembly {
  const names = readdirSync(folder).filter((name) => name.endsWith(".template.json"));
  const name = stack === undefined ? names[0] : `${stack}.template.json`;
  if (name === undefined || !names.includes(name) || (stack === undefined && names.length > 1)) {
    throw new Error(`${folder} has the templates [${names.join(", ")}]; one is needed.`);
  }
  const own = name.replace(/\.template\.json$/, "");
  const assets = folderOfAssets(folder, own);
  return {
    stack: own,
    template: read(join(folder, name)),
    asset: (objectKey) => {
      const found = assets.get(objectKey);
      if (found === undefined) throw new Error(`No asset of ${own} has the object key ${objectKey}.`);
      return found;
    },
  };
}

function folderOfAssets(folder: string, stack: string): Map<string, string> {
  const files = object(read(join(folder, `${stack}.assets.json`)).files, "files");
  const found = new Map<string, string>();
  for (const [id, file] of Object.entries(files)) {
    const { source, destinations } = object(file, id);
    const { path, packaging } = object(source, `${id}.source`);
    if (packaging !== "zip") continue;
    for (const destination of Object.values(object(destinations, `${id}.destinations`))) {
      const key = text(object(destination, id).objectKey, `${id}.objectKey`);
      found.set(key, resolve(folder, text(path, `${id}.path`)));
    }
  }
  return found;
}
