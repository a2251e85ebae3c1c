/**
 * Every route of the app, with what it takes and answers: the forms are those that the routes check by.
 */
import { deadLettersForm, runsForm } from "../list-query.ts";
import { metadataForm } from "../outside-metadata.ts";
import { newBatchForm } from "../routes/batches-in-two.ts";
import { bulkForm } from "../routes/bulk-actions.ts";
import {
  limitOverrideForm,
  limitPauseForm,
  limitQuery,
  limitResetForm,
} from "../routes/concurrency-limits.ts";
import { pagePaths } from "../routes/dashboard.ts";
import { deploymentsQuery } from "../routes/deployments.ts";
import { createEnvvarForm, importEnvvarsForm, updateEnvvarForm } from "../routes/envvars.ts";
import { eraseForm } from "../routes/erase.ts";
import { freeForm } from "../routes/idempotency-keys.ts";
import { publicTokenForm } from "../routes/public-tokens.ts";
import { overrideForm, pauseForm, resetForm } from "../routes/queues.ts";
import { repinAllForm, repinForm } from "../routes/repin.ts";
import { forkForm, resumeForm } from "../routes/resume.ts";
import { addTagsForm } from "../routes/run-parts.ts";
import { rescheduleForm } from "../routes/runs.ts";
import { createForm as scheduleForm, updateForm } from "../routes/schedules.ts";
import { form as sessionForm } from "../routes/session.ts";
import { messageForm } from "../routes/streams.ts";
import { oneQuery } from "../routes/subscriptions.ts";
import { completeForm, createForm as tokenForm } from "../routes/tokens.ts";
import { cancelWaiterForm, createWaiterForm } from "../routes/waiters.ts";
import { deliveriesForm } from "../routes/webhooks.ts";
import { batchForm, form as triggerForm } from "../trigger-form.ts";
import { get, names, type Operation, open, post, put, type Text } from "./operation.ts";
import * as parts from "./part-shapes.ts";
import * as queueShapes from "./queue-shapes.ts";
import * as shapes from "./shapes.ts";
import * as treeShapes from "./tree-shapes.ts";

const html: Text = { type: "text/html" };
const plainText: Text = { type: "text/plain" };
const anyBody: Text = { type: "*/*" };
const page = ["page", "perPage"];
const envvars = "/api/v1/projects/:ref/envvars/:env";

const followed = names(oneQuery);

const runs: readonly Operation[] = [
  get("/api/v1/tasks", "The tasks of the newest code", shapes.tasks),
  {
    ...post("/api/v1/tasks/:id/trigger", "Starts a run", shapes.startedAndShown, triggerForm),
    query: ["wait"],
  },
  post("/api/v2/tasks/batch", "Starts up to 1,000 runs", shapes.batch, batchForm),
  post("/api/v3/batches", "Begins a batch of two requests", parts.newBatch, newBatchForm),
  post("/api/v3/batches/:id/items", "Starts the runs of such a batch", parts.addedItems, {
    type: "application/x-ndjson",
  }),
  post("/api/v1/idempotencyKeys/:key/reset", "Frees an idempotency key of a task", shapes.changed, freeForm),
  get("/api/v3/runs/:id", "One run, with its values", shapes.run, ["wait"]),
  get("/api/v1/runs", "Runs, newest first", shapes.runs, names(runsForm)),
  get("/api/v1/dead-letters", "Dead letters, newest first", shapes.deadLetters, names(deadLettersForm)),
  post("/api/v2/runs/:id/cancel", "Asks a run to cancel", shapes.changed),
  post("/api/v1/runs/:id/resume", "Puts a dead letter back to work", shapes.resumed, resumeForm),
  post("/api/v1/runs/:id/repin", "Puts a run on the current secrets", shapes.repinned, repinForm),
  post(
    "/api/v1/runs/repin",
    "Puts all runs of a version on the current secrets",
    shapes.repinnedAll,
    repinAllForm,
  ),
  post("/api/v1/runs/:id/resume/plan", "What resuming a run would do", shapes.resumePlan, resumeForm),
  post(
    "/api/v1/runs/:id/fork",
    "Starts a run that goes on from a checkpoint of another",
    shapes.forked,
    forkForm,
  ),
  post("/api/v1/runs/:id/replay", "Starts a run with the payload of another", shapes.changed, triggerForm),
  post("/api/v1/runs/:id/reschedule", "Puts the start of a delayed run off", shapes.run, rescheduleForm),
  post("/api/v1/runs/erase", "Erases ended runs", shapes.erased, eraseForm),
  get("/api/v1/runs/:id/checkpoints", "The tree of a run", treeShapes.tree, ["after", "limit"]),
  get("/api/v1/runs/:id/result", "How a run has ended", parts.result),
  get("/api/v1/runs/:id/trace", "The tree of a run as spans", parts.trace),
  get("/api/v1/runs/:id/events", "The same spans in one list", parts.events),
  get("/api/v1/runs/:id/spans/:span", "One span of a run", parts.span),
  get("/realtime/v1/runs/:id", "A run, and then its changes", parts.changes, followed),
  get("/realtime/v1/runs", "Runs of tags or tasks, and then their changes", parts.changes, [
    ...followed,
    "tags",
    "tasks",
    "createdAt",
  ]),
  get("/realtime/v1/batches/:id", "The runs of a batch, and then their changes", parts.changes, followed),
  get("/realtime/v1/streams/:id/:stream", "A stream of a run, as server-sent events", {
    type: "text/event-stream",
  }),
  get("/api/v1/runs/:id/streams", "What a run has streamed", parts.chunks, ["stream", "after", "wait"]),
  post(
    "/realtime/v1/streams/:id/input/:stream",
    "Sends data to a run's input stream",
    parts.sent,
    messageForm,
  ),
  post(
    "/realtime/v1/streams/:id/:target/:stream/append",
    "Adds a chunk to a run's stream, or to that of a run above it",
    parts.sent,
    anyBody,
  ),
  get("/api/v1/runs/:id/metadata", "The metadata of a run", parts.metadata),
  {
    method: "put",
    path: "/api/v1/runs/:id/metadata",
    summary: "Changes the metadata of a run",
    body: metadataForm,
    answer: parts.metadata,
  },
  post("/api/v1/runs/:id/tags", "Adds tags to a run", parts.tagged, addTagsForm),
  get("/api/v1/batches/:id", "A batch, as its runs are now", parts.batchNow),
  get("/api/v2/batches/:id", "The same, with what could not be started", parts.batchNow),
  get("/api/v1/batches/:id/results", "How the runs of a batch have ended", parts.results),
  get("/api/v1/runs/:id/logs", "What a run has logged", shapes.lines, ["after", "limit", "attempt"]),
];

const desk: readonly Operation[] = [
  post("/api/v1/bulk-actions", "Cancels or replays many runs", shapes.changed, bulkForm),
  get("/api/v1/bulk-actions", "Bulk actions, newest first", shapes.bulkActions, names(runsForm)),
  get("/api/v1/bulk-actions/:id", "One bulk action", shapes.bulkAction),
  post("/api/v1/bulk-actions/:id/abort", "Ends a bulk action", shapes.changed),
  get("/api/v1/schedules", "Schedules", shapes.schedules, page),
  post(
    "/api/v1/schedules",
    "Makes a schedule, or changes the one with its key",
    shapes.schedule,
    scheduleForm,
  ),
  get("/api/v1/schedules/:id", "One schedule", shapes.schedule),
  {
    method: "put",
    path: "/api/v1/schedules/:id",
    summary: "Changes a schedule",
    body: updateForm,
    answer: shapes.schedule,
  },
  { method: "delete", path: "/api/v1/schedules/:id", summary: "Deletes a schedule", answer: shapes.changed },
  post("/api/v1/schedules/:id/activate", "Lets a schedule start runs again", shapes.schedule),
  post("/api/v1/schedules/:id/deactivate", "Lets a schedule start no more runs", shapes.schedule),
  open(get("/api/v1/timezones", "Names of time zones", shapes.timezones, ["excludeUtc"])),
  get("/api/v1/secrets", "The names of the secrets, and their versions", parts.secrets),
  get("/api/v1/versions", "Versions of the code, with how many runs are on each", parts.versions),
  get("/api/v1/versions/{version}", "The tasks of a version", parts.version),
  get(
    "/api/v1/deployments",
    "Versions of the code, newest first",
    parts.deployments,
    names(deploymentsQuery),
  ),
  get("/api/v1/deployments/current", "The version that new runs begin on", parts.deployment),
  get("/api/v1/queues", "Queues", queueShapes.queues, page),
  get("/api/v1/queues/:name", "One queue", queueShapes.queue, ["type"]),
  post("/api/v1/queues/:name/pause", "Pauses or resumes a queue", queueShapes.queue, pauseForm),
  post(
    "/api/v1/queues/:name/concurrency/override",
    "Gives a queue another limit",
    queueShapes.queue,
    overrideForm,
  ),
  post(
    "/api/v1/queues/:name/concurrency/reset",
    "Gives a queue its own limit back",
    queueShapes.queue,
    resetForm,
  ),
  get("/api/v1/concurrency-limits", "Concurrency limits", queueShapes.concurrencyLimits, page),
  get(
    "/api/v1/concurrency-limits/:name",
    "One concurrency limit, or one key of it",
    queueShapes.limitOrKey,
    names(limitQuery),
  ),
  post(
    "/api/v1/concurrency-limits/:name/pause",
    "Pauses or resumes a concurrency limit",
    queueShapes.concurrencyLimit,
    limitPauseForm,
  ),
  post(
    "/api/v1/concurrency-limits/:name/override",
    "Gives a concurrency limit other bounds, or one key a limit of its own",
    queueShapes.limitOrKey,
    limitOverrideForm,
  ),
  post(
    "/api/v1/concurrency-limits/:name/reset",
    "Gives a concurrency limit its own bounds back, or one key the limit of each key",
    queueShapes.limitOrKey,
    limitResetForm,
  ),
  get(envvars, "Variables of the tasks", parts.envvars),
  post(envvars, "Sets a variable", shapes.success, createEnvvarForm),
  post(`${envvars}/import`, "Sets many variables", shapes.success, importEnvvarsForm),
  get(`${envvars}/:name`, "One variable", parts.envvar),
  {
    ...post(`${envvars}/:name`, "Sets a variable that is there", shapes.success, updateEnvvarForm),
    method: "put",
  },
  { ...post(`${envvars}/:name`, "Takes a variable away", shapes.success), method: "delete" },
  get("/api/v1/webhooks/endpoints", "Addresses of webhooks", parts.webhookEndpoints),
  get(
    "/api/v1/webhooks/deliveries",
    "What became of deliveries, newest first",
    parts.deliveries,
    names(deliveriesForm),
  ),
  post("/api/v1/webhooks/endpoints/:endpoint/waiters", "Makes a waiter", parts.madeWaiter, createWaiterForm),
  post("/api/v1/webhooks/waiters/:id/cancel", "Cancels a waiter", parts.canceledWaiter, cancelWaiterForm),
  post("/api/v1/waitpoints/tokens", "Makes a token", shapes.madeToken, tokenForm),
  get("/api/v1/waitpoints/tokens", "Tokens, newest first", shapes.tokens, names(runsForm)),
  get("/api/v1/waitpoints/tokens/:id", "One token", shapes.token),
  post("/api/v1/waitpoints/tokens/:id/complete", "Completes a token", shapes.success, completeForm),
];

const others: readonly Operation[] = [
  open(
    post(
      "/api/v1/waitpoints/tokens/:id/callback/:secret",
      "Completes a token by its own address",
      shapes.success,
      anyBody,
    ),
  ),
  open(
    get("/hooks/:taskId", "Verifies a webhook's address (Meta)", plainText, [
      "hub.mode",
      "hub.verify_token",
      "hub.challenge",
    ]),
  ),
  { ...open(post("/hooks/:taskId", "A delivery of a webhook", shapes.delivery, anyBody)), status: 202 },
  open(
    post("/hooks/:taskId/:waiterId", "A delivery to a waiter's own address", parts.waiterDelivery, anyBody),
  ),
  put("/api/v2/packets/:name", "Asks for a link to upload a payload to", parts.uploadLink),
  open(
    put("/api/v2/packets/:id/upload/:secret", "Uploads a payload of 128 KB or more", shapes.success, anyBody),
  ),
  open(
    get("/api/v1/packets/:ref", "A large value, by its link", { type: "text/plain" }, [
      "expires",
      "signature",
      "as",
    ]),
  ),
  open(get("/healthz", "Is it there?", shapes.ok)),
  get("/metrics", "What Prometheus reads", { type: "text/plain" }),
  open(get("/openapi.json", "This file", shapes.anything)),
  open(post("/session", "Signs a browser in to the dashboard", shapes.ok, sessionForm)),
  post("/api/v1/auth/public-tokens", "Makes a token for a browser", parts.publicToken, publicTokenForm),
  post("/api/v1/auth/jwt/claims", "Refuses clients that sign public tokens themselves", shapes.anything),
  post("/api/v1/sign-in-links", "Makes a link that signs a browser in, once", parts.signInLink),
  open({ method: "delete", path: "/session", summary: "Signs it out", answer: shapes.ok }),
  ...pagePaths.map((path) => open(get(path, "The dashboard", html))),
  open(get("/assets/:name", "The dashboard's script and style", { type: "*/*" })),
];

/** All of them. */
export const operations: readonly Operation[] = [...runs, ...desk, ...others];
