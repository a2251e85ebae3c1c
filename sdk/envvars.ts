/**
 * Environment variables of the tasks: their secrets, as `holdfast secrets` keeps them.
 *
 * Never: gives a value away that is kept.
 */
import { HoldfastError } from "../engine/errors.ts";
import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";

/** A variable as the server tells of it. */
export interface EnvironmentVariable {
  readonly name: string;
  /** `<redacted>`: every variable is a secret here. */
  readonly value: string;
  readonly isSecret: boolean;
}

/** A variable and its value. */
export interface CreateEnvironmentVariableParams {
  /** Letters, digits and `_`; not `HOLDFAST_…`. */
  readonly name: string;
  readonly value: string;
  /** Each of them is a secret: `false` is refused. */
  readonly isSecret?: true | undefined;
}

/** A variable's next value. */
export interface UpdateEnvironmentVariableParams {
  readonly value: string;
}

/** Many variables. */
export interface ImportEnvironmentVariablesParams {
  readonly variables: Readonly<Record<string, string>>;
  /** Those that are there get their new value, too; else they keep the one that they have. @default false */
  readonly override?: boolean;
  readonly isSecret?: true | undefined;
}

/** What a change answers. */
export interface EnvironmentVariableResponse {
  readonly success: boolean;
}

/** Of the server that is asked, without its name: it is of one project, and one environment. */
const here = "-";

/** The place, and what is left of the arguments: `(projectRef, environment, …)` or without those two. */
function split(
  call: string,
  args: readonly unknown[],
  own: number,
): [place: string, rest: readonly unknown[]] {
  const isNamed = args.length >= own + 2;
  const [ref = here, env = here] = isNamed ? args : [];
  if (typeof ref !== "string" || typeof env !== "string" || args.length < own) {
    const fix = `Call envvars.${call}("proj_…", "prod", …), or leave both out for the server's own.`;
    throw new HoldfastError("HF510", `The arguments of envvars.${call}() are not valid.`, fix);
  }
  const place = `/api/v1/projects/${encodeURIComponent(ref)}/envvars/${encodeURIComponent(env)}`;
  return [place, isNamed ? args.slice(2) : args];
}

/** Trigger.dev's calls end with options of the request. */
type Method = "GET" | "POST" | "PUT" | "DELETE";

async function ask<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return askApi<T>(clientConfig(), { method, path, ...sent });
}

const named = (place: string, name: unknown): string => `${place}/${encodeURIComponent(String(name))}`;

/** What a change of a variable is answered with. */
type Answer = Promise<EnvironmentVariableResponse>;

function list(): Promise<EnvironmentVariable[]>;
function list(projectRef: string, environment: string): Promise<EnvironmentVariable[]>;
async function list(...args: string[]): Promise<EnvironmentVariable[]> {
  return ask("GET", split("list", args, 0)[0]);
}

function retrieve(name: string): Promise<EnvironmentVariable>;
function retrieve(projectRef: string, environment: string, name: string): Promise<EnvironmentVariable>;
async function retrieve(...args: string[]): Promise<EnvironmentVariable> {
  const [place, [name]] = split("retrieve", args, 1);
  return ask("GET", named(place, name));
}

function create(params: CreateEnvironmentVariableParams): Answer;
function create(projectRef: string, environment: string, params: CreateEnvironmentVariableParams): Answer;
async function create(...args: unknown[]): Answer {
  const [place, [params]] = split("create", args, 1);
  return ask("POST", place, params);
}

function upload(params: ImportEnvironmentVariablesParams): Answer;
function upload(projectRef: string, environment: string, params: ImportEnvironmentVariablesParams): Answer;
async function upload(...args: unknown[]): Answer {
  const [place, [params]] = split("upload", args, 1);
  return ask("POST", `${place}/import`, params);
}

function update(name: string, params: UpdateEnvironmentVariableParams): Answer;
function update(
  projectRef: string,
  environment: string,
  name: string,
  params: UpdateEnvironmentVariableParams,
): Answer;
async function update(...args: unknown[]): Answer {
  const [place, [name, params]] = split("update", args, 2);
  return ask("PUT", named(place, name), params);
}

function del(name: string): Answer;
function del(projectRef: string, environment: string, name: string): Answer;
async function del(...args: string[]): Answer {
  const [place, [name]] = split("del", args, 1);
  return ask("DELETE", named(place, name));
}

/**
 * The variables that tasks find in `process.env`: the project's secrets. A change is a new version: runs that have begun keep the one
 * that they began with. A server is of one project and one environment: its project goes by whatever name it is called, its
 * environment by `"prod"` or `"dev"` or its stage's name. In AWS a stack's api may list them, and not change them (HF230).
 *
 * @example
 * ```ts
 * import { envvars } from "holdfast";
 *
 * await envvars.create({ name: "SLACK_TOKEN", value: "xoxb-…" });
 * for (const { name } of await envvars.list()) console.log(name);
 * ```
 */
export const envvars = {
  /** Their names; values show as `<redacted>`. */
  list,
  /** One of them. @throws NotFoundError */
  retrieve,
  /** Sets one, also where it is there already. @throws ApiError HF230 where the server may not change them */
  create,
  /** Sets many at once, in one version. @throws ApiError HF230 */
  upload,
  /** Sets one that is there. @throws NotFoundError, ApiError HF230 */
  update,
  /** Takes one away. One of `.env` stays there (HF230). @throws NotFoundError, ApiError HF230 */
  del,
};
