/**
 * Running code with and without the transform, outside of any run: the two must not differ.
 *
 * Owns:      a runtime that does what `holdfast/runtime` does when there is no frame, and the journal of effects.
 */
import { createRequire } from "node:module";
import { inspect } from "node:util";
import { transformSync } from "esbuild";
import { parse } from "../../transform/parse.ts";
import { transform } from "../../transform/transform.ts";

const requireBuiltin = createRequire(import.meta.url);

type Callable = (...args: unknown[]) => unknown;
type Segment = readonly [property: PropertyKey | undefined, args?: readonly unknown[]];

function follow(value: unknown, tail: readonly Segment[] = []): unknown {
  let current = value;
  for (const [property, args] of tail) {
    const owner = current as Record<PropertyKey, unknown>;
    const member = property === undefined ? owner : owner[property];
    if (args === undefined) current = member;
    else
      current = Reflect.apply(
        member as unknown as Callable,
        property === undefined ? undefined : owner,
        args,
      );
  }
  return current;
}

/** The runtime without a run. */
const plainRuntime = {
  sites: (_file: string, rows: readonly unknown[]) => rows,
  enter: () => null,
  peek: () => null,
  call: (_frame: null, _site: unknown, self: unknown, fn: Callable, args: unknown[], tail?: Segment[]) =>
    follow(Reflect.apply(fn, self, args), tail),
  loading: (module: unknown) => module,
  construct: (_frame: null, _site: unknown, newed: Callable, args: unknown[]) =>
    Reflect.construct(newed, args),
  promise: (_frame: null, _site: unknown, executor: (resolve: unknown, reject: unknown) => void) =>
    new Promise(executor),
  template: (strings: TemplateStringsArray, ...values: unknown[]) => [strings, ...values],
  join: (_frame: null, _site: unknown, value: unknown) => value,
  read: (_frame: null, _site: unknown, get: () => unknown) => get(),
  blame: (error: unknown, pairs: readonly (readonly [unknown, unknown])[]) => {
    for (const [frame, site] of pairs)
      if (frame !== null || !Array.isArray(site)) throw new Error("bad blame");
    return error;
  },
  iterate: (_frame: null, _site: unknown, iterable: unknown) => iterable,
  broken: () => false,
  disposal: (_frame: null, _site: unknown, value: unknown) => value,
  leaving: () => false,
  key: () => "key",
};

/** What a program did: every effect in order, and how it ended. */
export interface Outcome {
  readonly effects: readonly string[];
  readonly end: string;
}

/** Wraps the body of a program: `log(x)` is an effect that gives `x`, `later(x)` one that gives a promise. */
export function moduleOf(body: string): string {
  return `export async function main(log, later, fail) {\n${body}\n}\n`;
}

/** Transformed code that can be parsed again; throws if not. */
export function transformed(source: string, file = "tasks/program.ts"): string {
  const { code, problems } = transform(source, { file });
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`${errors[0]?.code}: ${errors[0]?.message}\n${errors[0]?.frame}`);
  const again = parse(file, code);
  if (!again.ok) throw new Error(`The output does not parse: ${again.message}\n${code}`);
  return code;
}

/** Values as text. Errors by name and the author's words: stacks and V8's words tell where a call stands. */
function show(value: unknown): string {
  const lines = inspect(value, { depth: 4 }).replace(NODES_MARKS, "").split("\n");
  const told = lines.filter((line) => !/^\s+at /.test(line)).map((line) => line.replace(ENGINES_WORDS, "$1"));
  return told.join("\n").replace(/\s+/g, " ");
}

/** What Node writes onto promises where the process uses `AsyncLocalStorage`: numbers that count them, and what each storage holds. */
const NODES_MARKS =
  /,?\s*\[Symbol\((async_id_symbol|trigger_async_id_symbol|kResourceStore)\)\]: (undefined|\d+)/g;

const ENGINES_WORDS = /(TypeError): .*(is not|Cannot|was called on|Class constructor|can't).*$/;

/** Runs a module's `main`. A promise that the program drops may reject: that is no matter here. */
export async function run(code: string): Promise<Outcome> {
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", () => {});
  const toText = Function.prototype.toString;
  // The text of a function is what the transform changes: programs that print it are the same otherwise.
  Function.prototype.toString = () => "(function's text)";
  try {
    return await runMain(code);
  } finally {
    Function.prototype.toString = toText;
    await new Promise((done) => setImmediate(done));
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
}

async function runMain(code: string): Promise<Outcome> {
  const { code: js } = transformSync(code, {
    loader: "ts",
    format: "cjs",
    target: "node20",
    supported: { "dynamic-import": false },
  });
  const effects: string[] = [];
  const log = (value: unknown) => {
    effects.push(show(value));
    return value;
  };
  const later = async (value: unknown) => {
    effects.push(`begin ${show(value)}`);
    await null;
    effects.push(`end ${show(value)}`);
    return value;
  };
  const fail = (value: unknown) => {
    effects.push(`fail ${show(value)}`);
    throw new Error(String(value));
  };
  const module: { exports: Record<string, unknown> } = { exports: {} };
  const requireRuntime = (name: string) => {
    if (name === "holdfast/runtime") return plainRuntime;
    return requireBuiltin(name);
  };
  try {
    new Function("require", "module", "exports", js)(requireRuntime, module, module.exports);
    const value = await (module.exports.main as Callable)(log, later, fail);
    return { effects, end: `value ${show(value)}` };
  } catch (error) {
    return { effects, end: `error ${show(error)}` };
  }
}
