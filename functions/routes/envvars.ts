/**
 * The routes of environment variables: the secrets of the tasks, in Trigger.dev's words and shapes.
 *
 * Never:     gives a value away: every one of them is a secret.
 * Invariant: a change is a version of its own: a run keeps the one that it began with.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { environmentType } from "../../sdk/environment.ts";
import { callerOf } from "../asked-by.ts";
import { jsonBody } from "../body.ts";
import type { EnvvarDesk, HttpDeps } from "../deps.ts";
import { checked } from "../problem.ts";
import { noQuery } from "../query.ts";

const path = "/api/v1/projects/:ref/envvars/:env";
/** Longer than any key; ten of them fit into a body. */
const longest = 65_536;

const nameForm = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "Must be letters, digits and _, such as STRIPE_KEY.")
  .refine((name) => !name.startsWith("HOLDFAST_"), "Is a setting of Holdfast itself.");
const value = z.string().min(1).max(longest);
// Here nothing else is kept.
const isSecret = z.literal(true, "Every variable is a secret here: leave it out.").optional();

export const createEnvvarForm = z.strictObject({ name: nameForm, value, isSecret });
export const updateEnvvarForm = z.strictObject({ value });
export const importEnvvarsForm = z.strictObject({
  variables: z.record(nameForm, value),
  override: z.boolean().optional(),
  isSecret,
});

/** What is shown of a value. */
const redacted = "<redacted>";

const view = (name: string): object => ({ name, value: redacted, isSecret: true });

function unknown(what: string, fix: string): HoldfastError {
  return new HoldfastError("HF231", what, fix);
}

/** The desk, where the path names this server's environment: by its stage, by its kind, or as `-`. */
function deskOf(c: Context, { envvars }: HttpDeps): EnvvarDesk {
  noQuery(c);
  const asked = c.req.param("env") ?? "";
  const kind = environmentType(envvars.stage) === "DEVELOPMENT" ? "dev" : "prod";
  if (["-", envvars.stage, kind].includes(asked)) return envvars;
  throw unknown(
    `There is no environment ${JSON.stringify(asked.slice(0, 60))} on this server.`,
    `It is ${JSON.stringify(envvars.stage)}: each environment has a server of its own.`,
  );
}

const names = async (desk: EnvvarDesk): Promise<string[]> =>
  (await desk.listed()).secrets.map(({ name }) => name);

/** The name in the path, of a variable that is there. */
async function nameOf(c: Context, desk: EnvvarDesk): Promise<string> {
  const name = c.req.param("name") ?? "";
  if ((await names(desk)).includes(name)) return name;
  const shown = JSON.stringify(name.slice(0, 128));
  throw unknown(`There is no variable ${shown}.`, "envvars.list() names those that there are.");
}

type Change = Parameters<NonNullable<EnvvarDesk["change"]>>[0];

/** A line says who has changed which names; one that changes nothing has none. */
async function change(c: Context, { log }: HttpDeps, desk: EnvvarDesk, decide: Change): Promise<Response> {
  if (desk.change === undefined)
    throw new HoldfastError(
      "HF230",
      "The api's function may read the secrets of this stack, not change them.",
      "Put the new values with your own rights: aws secretsmanager put-secret-value; each change is a version.",
    );
  const before = await desk.current();
  let names: string[] = [];
  await desk.change((known) => {
    const decided = decide(known);
    names = Object.keys(decided);
    return decided;
  });
  const version = await desk.current();
  if (version !== before) log.warn("The secrets were changed", { names, version, by: callerOf(c) });
  return c.json({ success: true });
}

/** A value of `.env` comes back with each start. */
function taken(name: string, { fromFile, set }: Parameters<Change>[0]): Readonly<Record<string, null>> {
  if (set.has(name)) return { [name]: null };
  if (!fromFile.has(name)) return {};
  const fix = "Take its line out, and start Holdfast again.";
  throw new HoldfastError("HF230", `${name} comes from .env.`, fix);
}

/** Adds the routes of secrets: as such, and as environment variables. */
export function envvarRoutes(app: Hono, deps: HttpDeps): void {
  app.get("/api/v1/secrets", async (c) => {
    noQuery(c);
    const { secrets, versions, isComplete } = await deps.envvars.listed();
    const rows = versions.map(({ version, createdAt }, place) => ({
      version,
      isCurrent: place === 0,
      ...(createdAt === undefined ? {} : { createdAt: new Date(createdAt).toISOString() }),
    }));
    return c.json({ data: secrets, versions: rows, isComplete });
  });
  app.get(path, async (c) => c.json((await names(deskOf(c, deps))).map(view)));
  app.get(`${path}/:name`, async (c) => c.json(view(await nameOf(c, deskOf(c, deps)))));
  app.post(path, async (c) => {
    const desk = deskOf(c, deps);
    const given = checked(createEnvvarForm, await jsonBody(c), "body");
    return change(c, deps, desk, () => ({ [given.name]: given.value }));
  });
  app.post(`${path}/import`, async (c) => {
    const desk = deskOf(c, deps);
    const { variables, override = false } = checked(importEnvvarsForm, await jsonBody(c), "body");
    return change(c, deps, desk, ({ fromFile, set }) => {
      const isNew = (name: string): boolean => !fromFile.has(name) && !set.has(name);
      return Object.fromEntries(Object.entries(variables).filter(([name]) => override || isNew(name)));
    });
  });
  app.put(`${path}/:name`, async (c) => {
    const desk = deskOf(c, deps);
    const given = checked(updateEnvvarForm, await jsonBody(c), "body");
    const name = await nameOf(c, desk);
    return change(c, deps, desk, () => ({ [name]: given.value }));
  });
  app.delete(`${path}/:name`, async (c) => {
    const desk = deskOf(c, deps);
    const name = await nameOf(c, desk);
    return change(c, deps, desk, (there) => taken(name, there));
  });
}
