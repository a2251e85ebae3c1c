/**
 * Schemas of payloads: Standard Schema, and the ways of calling that Trigger.dev knows.
 *
 * Owns:      how a schema is recognised, and the error for a payload that it refuses.
 * Never:     imports a schema library.
 */
import { HoldfastError } from "../engine/errors.ts";

/** A payload that the task's schema refuses. `cause` is the schema's own error. The run is not tried again. */
export class TaskPayloadParsedError extends HoldfastError {
  override readonly name = "TaskPayloadParsedError";
  constructor(cause: unknown) {
    const what = `Parsing payload with schema failed: ${cause instanceof Error ? cause.message : String(cause)}`;
    super("HF509", what, "Send what the schema asks for.", { cause });
  }
}

/** What a Standard Schema says of a value. */
type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: unknown }[] };

/** A schema by https://standardschema.dev, as far as it is called here: zod 3.24 and later, valibot, ArkType and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** Any schema that `schemaTask` takes. */
export type Schema =
  | StandardSchema<unknown, unknown>
  | { readonly _input: unknown; readonly _output: unknown }
  | { readonly parseAsync: (value: unknown) => Promise<unknown> }
  | { readonly parse: (value: unknown) => unknown }
  | { readonly validateSync: (value: unknown) => unknown }
  | { readonly create: (value: unknown) => unknown }
  | { readonly assert: (value: unknown) => asserts value is never }
  | ((value: unknown) => unknown);

/** What a parser that is not a Standard Schema gives. */
type Parsed<S> = S extends (value: never) => infer T
  ? Awaited<T>
  : S extends { readonly parseAsync: (value: never) => Promise<infer T> }
    ? T
    : S extends { readonly parse: (value: never) => infer T }
      ? T
      : S extends { readonly validateSync: (value: never) => infer T }
        ? T
        : S extends { readonly create: (value: never) => infer T }
          ? T
          : S extends { readonly assert: (value: unknown) => asserts value is infer T }
            ? T
            : unknown;

/** What a schema takes: the type of the payload for `trigger`. */
export type SchemaInput<S> = S extends {
  readonly "~standard": { readonly types?: { readonly input: infer T } | undefined };
}
  ? T
  : S extends { readonly _input: infer T; readonly _output: unknown }
    ? T
    : Parsed<S>;

/** What a schema gives: the type of the payload for `run`. */
export type SchemaOutput<S> = S extends {
  readonly "~standard": { readonly types?: { readonly output: infer T } | undefined };
}
  ? T
  : S extends { readonly _input: unknown; readonly _output: infer T }
    ? T
    : Parsed<S>;

/** Gives a parsed payload, perhaps later; throws, or rejects, with a TaskPayloadParsedError. */
export type Parse = (payload: unknown) => unknown;

type Methods = Readonly<Record<string, unknown>>;

/** An error for the issues of a Standard Schema: the paths and messages, one after the other. */
function issuesError(issues: readonly { readonly message: string; readonly path?: unknown }[]): Error {
  const told = issues.map(({ message, path }) => {
    const keys = Array.isArray(path) ? path.map((each) => (each as { key?: unknown })?.key ?? each) : [];
    return keys.length === 0 ? message : `${keys.map(String).join(".")}: ${message}`;
  });
  return Object.assign(new Error(told.join("; ")), { issues });
}

function standard({ "~standard": { validate } }: StandardSchema): Parse {
  const valueIn = (result: StandardResult<unknown>): unknown => {
    if (result.issues !== undefined) throw issuesError(result.issues);
    return result.value;
  };
  return (payload) => {
    const result = validate(payload);
    return result instanceof Promise ? result.then(valueIn) : valueIn(result);
  };
}

/** In Trigger.dev's order, behind Standard Schema. */
function parserOf(schema: unknown): Parse | undefined {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return undefined;
  const methods = schema as Methods;
  const has = (name: string): boolean => typeof methods[name] === "function";
  const calls =
    (name: string): Parse =>
    (payload) =>
      (methods[name] as Parse).call(schema, payload);
  if (typeof (methods["~standard"] as StandardSchema["~standard"] | undefined)?.validate === "function")
    return standard(schema as StandardSchema);
  const asserts: Parse = (payload) => {
    calls("assert")(payload);
    return payload;
  };
  if (typeof schema === "function") return has("assert") ? asserts : (schema as Parse);
  const named = ["parseAsync", "parse", "validateSync", "create"].find(has);
  if (named !== undefined) return calls(named);
  return has("assert") ? asserts : undefined;
}

/** Every failure of a schema becomes a TaskPayloadParsedError. @throws HoldfastError HF513 for what is no schema */
export function payloadParser(id: string, schema: unknown): Parse {
  const parse = parserOf(schema);
  if (parse === undefined) {
    const fix = "Give a schema of zod, valibot, ArkType, yup or the like, or a function that parses.";
    throw new HoldfastError("HF513", `Task ${JSON.stringify(id)}: schema is none that can be called.`, fix);
  }
  return (payload) => {
    try {
      const parsed = parse(payload);
      if (!(parsed instanceof Promise)) return parsed;
      return parsed.catch((error: unknown) => {
        throw new TaskPayloadParsedError(error);
      });
    } catch (error) {
      throw new TaskPayloadParsedError(error);
    }
  };
}
