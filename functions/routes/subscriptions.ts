/**
 * The routes that Trigger.dev's `runs.subscribeToRun`, `subscribeToRunsWithTag` and `subscribeToBatch` follow: the shapes of
 * Electric, of which its client has the other end.
 *
 * The first answer has all rows; then each (`live=true`) is held until one has changed, or its time is over. Nothing is kept between
 * two of them: `offset` says what the subscriber has seen.
 *
 * Owns: the protocol. `subscription-rows.ts` has the rows.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { Gate } from "../../engine/gate.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { durationMs } from "../../sdk/duration.ts";
import type { HttpDeps } from "../deps.ts";
import type { Packets } from "../packets.ts";
import { skippedColumns } from "../public-token.ts";
import { queryForm, queryOf } from "../query.ts";
import { Values } from "../run-view.ts";
import { changedSince, rowOf, seenOf } from "../subscription-rows.ts";
import { pause, waitForEnd } from "../wait-for-end.ts";
import { runOf } from "./runs.ts";
import { linkFor } from "./shown-run.ts";

const heldMs = 20_000;
/** So often is looked: on one machine that reads a page of memory, in AWS it is a request that is paid for. */
const lookMs = { near: 200, far: 1_000 };
/** So far the clocks of AWS's functions may lie apart; a row that comes twice is the same row. */
const mostSkewMs = 5_000;
/** So many runs are read at once. */
const readAtOnce = 32;
/** So many runs of a tag are followed: the newest. */
const mostFollowed = 100;

const columns = ["payload", "output", "metadata"];

const protocol = {
  offset: z
    .union([z.literal("-1"), z.string().regex(/^\d{1,15}_\d{1,10}$/)], "Must be -1, or electric-offset.")
    .optional(),
  live: z.enum(["true", "false"]).optional(),
  handle: z.string().optional(),
  cursor: z.string().optional(),
  expired_handle: z.string().optional(),
  log: z.literal("full").optional(),
  /** Columns that the subscriber does without: those that are small come all the same. */
  skipColumns: z.string().optional(),
};
export const oneQuery = queryForm(protocol);
const manyQuery = queryForm({
  ...protocol,
  tags: z.string().min(1).optional(),
  tasks: z.string().min(1).optional(),
  createdAt: z.string().min(1).optional(),
});

type Asked = z.infer<typeof oneQuery>;

interface Followed {
  readonly runs: () => Promise<readonly Run[]>;
  /** Resolves when it is time to look again. */
  readonly next: (ms: number) => Promise<unknown>;
}

/** Answers with what has changed since `offset`. */
async function answer(c: Context, deps: HttpDeps, links: Packets, asked: Asked, followed: Followed) {
  const { clock } = deps.ports;
  const { offset = "-1", live, skipColumns = "" } = asked;
  const [at = 0, mark = 0] = offset === "-1" ? [] : offset.split("_").map(Number);
  const until = clock.now() + (live === "true" ? heldMs : 0);
  const every = deps.waiter === undefined ? lookMs.far : lookMs.near;
  let runs = await followed.runs();
  let now = seenOf(runs);
  while (now.at === at && now.mark === mark && !c.req.raw.signal.aborted) {
    const left = until - clock.now();
    if (left <= 0) break;
    await followed.next(Math.min(every, left));
    runs = await followed.runs();
    now = seenOf(runs);
  }
  const isSame = now.at === at && now.mark === mark;
  const values = new Values(deps.ports, linkFor(c, deps, links));
  const unwanted = [...skipColumns.split(","), ...skippedColumns(c)];
  const skip = new Set(unwanted.filter((name) => columns.includes(name)));
  const messages: object[] = [];
  const skewMs = deps.waiter === undefined && runs.length > 1 ? mostSkewMs : 0;
  for (const run of isSame ? [] : changedSince(runs, { at, mark }, skewMs)) {
    const headers = { operation: offset === "-1" ? "insert" : "update" };
    messages.push({ key: run.id, value: await rowOf(run, values, skip), headers });
  }
  messages.push({ headers: { control: "up-to-date" } });
  const reached = `${now.at}_${now.mark}`;
  c.header("electric-handle", "runs");
  c.header("electric-offset", reached);
  c.header("electric-cursor", reached);
  // Values are what they are: none is a text of Postgres, which its client would read by this.
  c.header("electric-schema", "{}");
  c.header("electric-up-to-date", "");
  return c.json(messages);
}

async function follow(c: Context, deps: HttpDeps, links: Packets): Promise<Response> {
  const asked = queryOf(c, oneQuery);
  let run = await runOf(c, deps);
  const read = async () => {
    run = (await deps.ports.store.read(run.id)) ?? run;
    return [run];
  };
  const gone = () => c.req.raw.signal;
  const next = (ms: number) =>
    isFinished(run.status) ? pause(deps.ports.clock, ms, gone()) : waitForEnd(deps, run, ms, gone);
  return answer(c, deps, links, asked, { runs: read, next });
}

/** All runs of a batch, or the newest of a tag. */
async function listed({ ports }: HttpDeps, query: object, most: number): Promise<readonly Run[]> {
  const found: Run[] = [];
  for (let after: string | undefined; found.length < most; ) {
    const from = after === undefined ? {} : { after };
    const page = await ports.store.list({ ...query, limit: 100, ...from });
    found.push(...page.runs);
    after = page.next;
    if (after === undefined) break;
  }
  return found;
}

const nextLook =
  (c: Context, { ports }: HttpDeps) =>
  (ms: number) =>
    pause(ports.clock, ms, c.req.raw.signal);

async function followMany(c: Context, deps: HttpDeps, links: Packets): Promise<Response> {
  const { tags, tasks, createdAt = "1d", ...asked } = queryOf(c, manyQuery);
  const from = deps.ports.clock.now() - durationMs(createdAt);
  const query = {
    from,
    ...(tags === undefined ? {} : { tag: tags.split(",") }),
    ...(tasks === undefined ? {} : { task: tasks.split(",") }),
  };
  const runs = () => listed(deps, query, mostFollowed);
  return answer(c, deps, links, asked, { runs, next: nextLook(c, deps) });
}

/** The runs of a batch are looked for once in a request, and those that are open read by their ids from then on. */
async function followBatch(c: Context, deps: HttpDeps, links: Packets): Promise<Response> {
  const asked = queryOf(c, oneQuery);
  const gate = new Gate(readAtOnce);
  const again = async (run: Run): Promise<Run> =>
    isFinished(run.status) ? run : ((await gate.through(() => deps.ports.store.read(run.id))) ?? run);
  let known: readonly Run[] | undefined;
  const runs = async () => {
    known =
      known === undefined
        ? await listed(deps, { batch: [c.req.param("id") ?? ""] }, Number.POSITIVE_INFINITY)
        : await Promise.all(known.map(again));
    return known;
  };
  return answer(c, deps, links, asked, { runs, next: nextLook(c, deps) });
}

/** Adds the routes. */
export function subscriptionRoutes(app: Hono, deps: HttpDeps, links: Packets): void {
  app.get("/realtime/v1/runs/:id", (c) => follow(c, deps, links));
  app.get("/realtime/v1/runs", (c) => followMany(c, deps, links));
  app.get("/realtime/v1/batches/:id", (c) => followBatch(c, deps, links));
}
