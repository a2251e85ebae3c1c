/**
 * What a `trigger.config` says, as data: for the process that evaluates it.
 *
 * Never: fails for a value that is no data; it is told what stands there.
 */
import { standsFor } from "./config-stand-in.ts";

/** What is told of a config. */
export interface ConfigReport {
  /** The options that are read, as far as they are given. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The options that are given. */
  readonly given: readonly string[];
  /** The options in `build`. */
  readonly build: readonly string[];
  /** Its build extensions. */
  readonly extensions: readonly string[];
}

const read = [
  "dirs",
  "triggerDirectories",
  "ignorePatterns",
  "tsconfig",
  "tsconfigPath",
  "retries",
  "maxDuration",
  "machine",
  "ttl",
  "logLevel",
];
const readOfBuild = ["external", "conditions", "jsx"];

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  (typeof value === "object" && value !== null) || typeof value === "function";

function plain(value: unknown): unknown {
  const from = standsFor(value);
  if (from !== undefined) return { notRead: from };
  if (typeof value === "function") return { notRead: "a function" };
  if (typeof value === "bigint" || typeof value === "symbol") return { notRead: String(value) };
  return value;
}

const asData = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value, (_, each) => plain(each)));

function pick(fields: Fields, names: readonly string[]): Fields {
  const found = names.flatMap((name) => (fields[name] === undefined ? [] : [[name, asData(fields[name])]]));
  return Object.fromEntries(found) as Fields;
}

const given = (fields: Fields): string[] => Object.keys(fields).filter((name) => fields[name] !== undefined);

function extensionName(extension: unknown): string {
  const from = standsFor(extension);
  if (from !== undefined) return from.replace(/ of .*$/, "");
  const name = isFields(extension) ? extension.name : undefined;
  return typeof name === "string" && name !== "" ? name : "one without a name";
}

/** What the module of a config exports, as data. */
export function reportOf(module: Fields): ConfigReport | { readonly wrong: string } {
  const config = module.default ?? module.config;
  if (standsFor(config) !== undefined)
    return { wrong: `It exports what ${standsFor(config)} makes, which is not loaded here.` };
  if (!isFields(config) || typeof config === "function")
    return { wrong: "It has no default export with the options." };
  const build = isFields(config.build) && standsFor(config.build) === undefined ? config.build : {};
  const extensions = Array.isArray(build.extensions) ? build.extensions.flat(2) : [];
  return {
    values: { ...pick(config, read), ...pick(build, readOfBuild) },
    given: given(config),
    build: given(build),
    extensions: extensions.filter(Boolean).map(extensionName),
  };
}
