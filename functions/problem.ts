/**
 * Errors as HTTP answers: `{ error, code, fix }` and a status.
 *
 * Owns:      which status each code has.
 * Never:     tells a caller about internals: what is not a known refusal is HF212 with an id, and the rest is in the log.
 */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type * as z from "zod";
import { type Code, HoldfastError } from "../engine/errors.ts";
import { insteadOf } from "../sdk/instead.ts";
import type { HttpDeps } from "./deps.ts";
import { countRefused, TooMany } from "./too-many.ts";

/** Codes that a caller may see, and their status. Every other error is HF212. */
const statusOf: Partial<Record<Code, ContentfulStatusCode>> = {
  HF201: 400,
  HF202: 401,
  HF203: 404,
  HF204: 401,
  HF205: 401,
  HF206: 413,
  HF207: 422,
  HF208: 404,
  HF209: 409,
  HF210: 403,
  HF211: 404,
  HF214: 404,
  HF216: 403,
  HF219: 403,
  HF220: 429,
  HF217: 404,
  HF218: 409,
  HF226: 409,
  HF228: 409,
  HF229: 422,
  HF230: 409,
  HF231: 404,
  HF235: 404,
  HF301: 422,
  HF302: 413,
  HF305: 410,
  HF311: 409,
  HF322: 422,
  HF318: 409,
  HF408: 409,
  HF405: 507,
  HF420: 401,
  HF421: 401,
  HF422: 403,
  HF423: 401,
  HF424: 503,
  HF425: 501,
  HF505: 501,
  HF508: 422,
  HF510: 422,
  HF512: 422,
  HF518: 422,
  HF519: 422,
  HF520: 422,
  HF542: 409,
  HF531: 501,
};

/** The body of every answer that is an error. */
interface Problem {
  readonly error: string;
  readonly code: Code;
  readonly fix: string;
  /** For HF207: each field that is wrong. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
  /** For HF531: where the lines are, and what finds them there. */
  readonly logGroup?: string;
  readonly query?: string;
  /** For HF212: what to look for in the log. */
  readonly id?: string;
}

/** A refusal that says which fields are wrong. */
export class FormError extends HoldfastError {
  readonly issues: readonly { readonly path: string; readonly message: string }[];
  constructor(what: string, fix: string, issues: FormError["issues"]) {
    super("HF207", what, fix);
    this.issues = issues;
  }
}

/** Lines are in CloudWatch, which could not be searched within a request: says whose, where, and what finds them there. */
export class LinesElsewhere extends HoldfastError {
  readonly logGroup: string;
  readonly query: string;
  constructor(logGroup: string, query: string, whose = "The lines of runs") {
    super(
      "HF531",
      `${whose} are in CloudWatch, in the log group ${logGroup}, and could not be read there now.`,
      `Try again in a minute, or run this query on it in CloudWatch Logs Insights: ${query}`,
    );
    this.logGroup = logGroup;
    this.query = query;
  }
}

/** What some refusals say besides. */
function detailsOf(error: HoldfastError): Pick<Problem, "issues" | "logGroup" | "query"> {
  if (error instanceof FormError) return { issues: error.issues };
  return error instanceof LinesElsewhere ? { logGroup: error.logGroup, query: error.query } : {};
}

/** The middle part of a `HoldfastError`'s message: code and fix have fields of their own in the answer. */
export function whatHappened(error: HoldfastError): string {
  return error.message.slice(error.code.length + 1, error.message.length - error.fix.length - 1);
}

/** The answer for an error that is a known refusal, or undefined. */
function known(
  error: unknown,
): { readonly status: ContentfulStatusCode; readonly body: Problem } | undefined {
  if (!(error instanceof HoldfastError)) return undefined;
  const status = statusOf[error.code];
  if (status === undefined) return undefined;
  const body = { error: whatHappened(error), code: error.code, fix: error.fix, ...detailsOf(error) };
  return { status, body };
}

/** Answers an error that a route threw. */
export async function answerError(
  c: Context,
  thrown: unknown,
  deps: Pick<HttpDeps, "log" | "ports" | "limits">,
): Promise<Response> {
  const isRefused = known(thrown)?.status === 401;
  const error = (isRefused ? await countRefused(c, deps.limits) : undefined) ?? thrown;
  const answer = known(error);
  if (error instanceof TooMany) c.header("Retry-After", String(error.afterSeconds));
  if (answer?.status === 401) c.header("WWW-Authenticate", "Bearer");
  if (answer !== undefined) return c.json(answer.body, answer.status);
  const id = deps.ports.chance.id("err_");
  deps.log.error("A request failed.", {
    id,
    method: c.req.method,
    route: c.req.path,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  const body: Problem = {
    error: "Something inside Holdfast failed; nothing that was stored before is lost.",
    code: "HF212",
    fix: `Try again; if it goes on, look for ${id} in the server's log.`,
    id,
  };
  return c.json(body, 500);
}

/** Answers a path that there is not, or a method that the path does not have. */
export function answerUnknownRoute(c: Context, allowed?: readonly string[]): Response {
  const fix = "docs/http-api.md lists the routes.";
  if (allowed === undefined)
    return c.json({ error: "There is no such route.", code: "HF211", fix } satisfies Problem, 404);
  c.header("Allow", allowed.join(", "));
  const error = `This route does not take ${c.req.method}; it takes ${allowed.join(", ")}.`;
  return c.json({ error, code: "HF211", fix } satisfies Problem, 405);
}

/** Options of Trigger.dev that are not built yet: refused by name, so that nobody waits for an effect in vain. */
const notSupportedYet = new Set(["context", "filter[region]"]);

function refusalOf(key: string): string {
  const instead = insteadOf(key);
  if (instead !== undefined) return `Not supported. ${instead}`;
  return notSupportedYet.has(key) ? "Not supported yet." : "Unknown field.";
}

function issuesOf(error: z.ZodError): { path: string; message: string }[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") return [{ path: path.join("."), message: issue.message }];
    return issue.keys.map((key) => ({
      path: [...path, key].join("."),
      message: refusalOf(key),
    }));
  });
}

/** Long names come from the caller; they are not thrown back at length. */
const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/**
 * Checks what came in; unknown fields are refused rather than ignored.
 * @throws FormError HF207 with every field that is wrong.
 */
export function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  of: "body" | "query" | "header" | "path",
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = issuesOf(result.error)
    .slice(0, 20)
    .map(({ path, message }) => ({ path: shortened(path), message }));
  const listed = issues.map(({ path, message }) => `${path || of}: ${message}`).join(" ");
  const later = issues.some(({ message }) => message === "Not supported yet.");
  const fix = later
    ? "Leave out what is not supported yet; docs/http-api.md lists what is."
    : "Correct these fields; docs/http-api.md lists what is expected.";
  throw new FormError(`The ${of} does not have the expected form. ${listed}`, fix, issues);
}
