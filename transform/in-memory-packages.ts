/**
 * Packages that only order what they are given: locks, queues, breakers, loaders. All they know is in memory, and nothing of it is
 * outside, so a call of theirs has nothing to record: their files are transformed like the author's, and what they hold is there
 * again because their code runs again.
 *
 * Owns:      which packages these are, and what their files are called in the ids of sites.
 * Never:     a package that reaches out by itself: what it asks for would be made again wherever its own awaits have no record.
 */
import { sep } from "node:path";

/** By name, with how the paths of those files begin. Those that they are made of are here, too. */
const IN_MEMORY: ReadonlyMap<string, readonly string[]> = new Map([
  ["@lifeomic/attempt", [""]],
  ["@sapphire/async-queue", [""]],
  ["@swan-io/boxed", [""]],
  ["async-lock", [""]],
  ["async-sema", [""]],
  ["await-lock", [""]],
  ["cockatiel", [""]],
  ["dataloader", [""]],
  ["es-toolkit", ["dist/promise/", "dist/util/queue."]],
  ["eventemitter3", [""]],
  ["koa-compose", [""]],
  ["neverthrow", [""]],
  ["opossum", [""]],
  ["p-cancelable", [""]],
  ["p-queue", [""]],
  ["p-timeout", [""]],
  ["purify-ts", [""]],
  ["throat", [""]],
  ["tough-cookie", [""]],
  ["true-myth", [""]],
  ["ts-results-es", [""]],
]);

/** The name of a file of such a package, from its `node_modules` on and with forward slashes; undefined for any other file. */
export function inMemoryFile(path: string): string | undefined {
  const parts = path.split(sep);
  const at = parts.lastIndexOf("node_modules");
  if (at < 0) return undefined;
  const [scope = "", name = ""] = parts.slice(at + 1);
  const of = scope.startsWith("@") ? `${scope}/${name}` : scope;
  const file = parts.slice(at).join("/");
  const isMeant = IN_MEMORY.get(of)?.some((begin) => file.startsWith(`node_modules/${of}/${begin}`));
  return isMeant === true ? file : undefined;
}
