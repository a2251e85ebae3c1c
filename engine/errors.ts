/**
 * Every error that Holdfast raises itself: a stable code, what happened, and what to do next.
 *
 * Owns:      the catalogue of run-time codes (HF2xx callers, HF3xx runs and values, HF4xx set-up, HF5xx SDK use, HF7xx tests).
 *            Build-time codes (HF1xx) are in `transform/problems.ts`.
 * Invariant: every code here has a page `docs/errors/<code>.md` and every page a code (a test ties them).
 */

/** Code to title. The title is the first line of the code's page. */
export const catalogue = {
  HF201: "The request is not valid JSON",
  HF202: "The key is missing or wrong",
  HF203: "No such task",
  HF204: "The webhook signature is missing or wrong",
  HF205: "The webhook's timestamp is too old or too new",
  HF206: "The payload is too large",
  HF207: "The request does not have the expected form",
  HF208: "No such run",
  HF209: "The run is in a status that does not allow this",
  HF210: "The request's Host is not allowed",
  HF211: "No such route",
  HF212: "Something inside Holdfast failed",
  HF213: "The event is of no form that the api knows",
  HF214: "No such queue",
  HF216: "The public token does not let this be done",
  HF219: "The key does not let this be done",
  HF220: "Too many requests",
  HF217: "No such schedule",
  HF218: "The schedule cannot be changed by a call",
  HF226: "The run has not ended: it cannot be erased",
  HF228: "What resuming the run would do cannot be found out",
  HF229: "There is no such code version",
  HF230: "The variable cannot be changed here",
  HF231: "No such variable or environment",
  HF235: "No such webhook endpoint",
  HF301: "The value cannot be recorded",
  HF302: "The value is too large",
  HF303: "A part of a recorded value was not recorded",
  HF304: "A handle could not be made again",
  HF305: "A stored value is gone",
  HF306: "The handle was closed before this pass",
  HF307: "The run ended without an answer: its process died again and again",
  HF308: "The run was canceled",
  HF309: "The run used up its maxDuration",
  HF310: "The task's run function never settles",
  HF311: "The task is not in this code version",
  HF312: "The await timed out",
  HF313: "The check of a step refused its result",
  HF314: "The run was recorded by a newer engine",
  HF315: "A recorded await was asked for with other inputs",
  HF317: "The run was not started in time",
  HF318: "The run's code version is not deployed any more",
  HF319: "The secret of a recorded value is gone",
  HF320: "A temporary file is gone",
  HF321: "A run is not the same when it is replayed",
  HF322: "The run has no such checkpoint to decide about",
  HF323: "A crash would have made a run another one",
  HF324: "A package's store is not there in your function",
  HF329: "A library's call counts as a whole",
  HF330: "A loop's source gives other items than before",
  HF331: "A sealed text cannot be read",
  HF332: "A failed run has left calls alone",
  HF333: "The methods of a promise are lost",
  HF401: "The data folder is in use",
  HF402: "The port is in use",
  HF403: "No tasks were found",
  HF404: "The SQLite engine is too old",
  HF405: "The disk is full",
  HF406: "A setting is not valid",
  HF407: "The task files could not be built",
  HF408: "The task files could not be loaded",
  HF409: "The data folder cannot be used",
  HF410: "The runners do not start",
  HF411: "The project's secret does not have the expected form",
  HF412: "The secrets in the data folder cannot be used",
  HF413: "The backup cannot be made or used",
  HF414: "The data folder needs a look",
  HF415: "The stack needs a look",
  HF416: "The package of MCP is not installed",
  HF417: "The deployment has failed",
  HF420: "The key that was typed is wrong",
  HF421: "The sign-in link is used up",
  HF422: "The request comes from another site",
  HF423: "The session has ended",
  HF424: "The dashboard is not built",
  HF425: "The server makes no sign-in links",
  HF501: "This call works only inside a run",
  HF502: "Two tasks have the same id",
  HF503: "The task's options are not valid",
  HF504: "The server could not be reached",
  HF505: "No secret key is configured",
  HF506: "The function is not supported by Holdfast",
  HF507: "A wait inside a single unit cannot suspend",
  HF541: "The queue is not valid",
  HF542: "Too many keys have a limit of their own",
  HF551: "No such secret",
  HF508: "The duration or date is not valid",
  HF509: "The payload does not fit the task's schema",
  HF510: "A trigger option is not valid",
  HF511: "The batch is not valid",
  HF512: "The metadata is not valid",
  HF513: "The schema is of no kind that Holdfast can call",
  HF514: "A transport stands beside an address or a key",
  HF515: "AWS refused the caller",
  HF516: "The client of AWS is not installed",
  HF517: "A wait stands inside a transaction",
  HF518: "There is no such machine",
  HF519: "The public token cannot be made",
  HF520: "The stream cannot be written or read",
  HF521: "A run looks at one that waits for its slot",
  HF522: "Too many runs wait for one another",
  HF530: "The times of a schedule cannot be worked out",
  HF531: "The log could not be searched",
  HF701: "A crash of a test did not happen",
  HF702: "A testkit was used within a run",
  HF703: "The report is not one of this process",
  HF704: "A run of a test cannot go on",
  HF705: "A call of a test was begun before its crash",
} as const;

export type Code = keyof typeof catalogue;

/**
 * An error of Holdfast's own.
 *
 * @example
 * ```ts
 * throw new HoldfastError("HF203", `There is no task "ordr".`, `Known tasks: "order". Check the id.`);
 * ```
 */
export class HoldfastError extends Error {
  override readonly name: string = "HoldfastError";
  readonly code: Code;
  /** What to do next. */
  readonly fix: string;
  /** True where trying the same again can succeed. */
  readonly retryable: boolean;
  constructor(code: Code, what: string, fix: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(`${code} ${what} ${fix}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fix = fix;
    this.retryable = options.retryable ?? false;
  }
}

/** Is this one of Holdfast's errors, of whichever copy? A bundle has its own copy of this class. */
export function isOwnError(error: unknown): error is HoldfastError {
  return error instanceof Error && error.name === "HoldfastError" && "code" in error;
}

/** Thrown by the author to end a run without another try. */
export class AbortTaskRunError extends Error {
  override readonly name = "AbortTaskRunError";
}

/** Thrown by the author where memory has run out, in a process that his code started, say: not tried again on this machine. */
export class OutOfMemoryError extends Error {
  override readonly name = "OutOfMemoryError";
  constructor(message = "Out of memory") {
    super(message);
  }
}

/** What `fluent-ffmpeg` says when the kernel has killed its process for its memory; Trigger.dev takes it so, too. */
const killedForMemory = "ffmpeg was killed with signal SIGKILL";

/** What `look` finds in an error. One that does not let itself be read is none of those that are looked for. */
function found(error: unknown, look: (error: Error) => boolean): boolean {
  try {
    return error instanceof Error && look(error);
  } catch {
    return false;
  }
}

/** Is it one, of whichever copy? A bundle has its own copy of that class. */
export const isOutOfMemory = (error: unknown): boolean =>
  found(error, ({ name, message }) => name === "OutOfMemoryError" || message.includes(killedForMemory));

/**
 * Thrown by the author, anywhere in the run, to end it as a success with this output. What a `catch` of the author's
 * holds up does not end it.
 */
export class CompleteTaskWithOutput extends Error {
  override readonly name = "CompleteTaskWithOutput";
  readonly output: unknown;
  constructor(output?: unknown) {
    super("Complete task with output");
    this.output = output;
  }
}

/** Was the run ended as a success by what it threw? A bundle has its own copy of that class. */
export const isCompletion = (error: unknown): error is CompleteTaskWithOutput =>
  found(error, ({ name }) => name === "CompleteTaskWithOutput");

/** What pending awaits of a canceled run reject with. */
export class RunCanceledError extends Error {
  override readonly name = "RunCanceledError";
  readonly code: Code;
  constructor(runId: string, reason: "canceled" | "timedOut") {
    super(reason === "canceled" ? `Run ${runId} was canceled.` : `Run ${runId} used up its maxDuration.`);
    this.code = reason === "canceled" ? "HF308" : "HF309";
  }
}
