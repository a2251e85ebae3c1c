/**
 * The entries of a run's tree, as the API gives them.
 *
 * Owns: their shape; functions/tree.ts fills them from the journal.
 */

/** An error as it is shown everywhere. */
export interface ErrorView {
  readonly name: string;
  readonly message: string;
  readonly stackTrace?: string;
  readonly code?: string;
  /** The errors behind it, the nearest first: `Error: connect ECONNREFUSED 127.0.0.1:443`. */
  readonly cause?: string;
}

/** A call of one of the author's functions, by the author's code or by a library. */
export interface Frame {
  readonly kind: "frame";
  readonly id: string;
  /** That of the first entry in it. */
  readonly number: number;
  readonly parent: string | null;
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
  /** Beginning of the arguments that a library gave, as JSON text. */
  readonly input: string | null;
}

/** A unit: one line of the tree that was really done. */
export interface Checkpoint {
  readonly kind: "checkpoint";
  /** The record's key; `~n` is added after the n-th time that the author's code rejected it. */
  readonly id: string;
  /** Place in the log: that of the first record about it, or of the first entry in it. */
  readonly number: number;
  readonly parent: string | null;
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
  /** `unit`, `step`, `await`, `library`, `wait`, `child`, `trigger`, `token` or `handle`; null until it has settled. */
  readonly sort: string | null;
  /**
   * RETRYING: a try failed and the next one is due. WAITING: a child run or a token has not ended. HANDLE: a live value that each
   * pass makes again. REJECTED: it succeeded, but the author's code rejected the result, so it was made again.
   */
  readonly status: "COMPLETED" | "FAILED" | "RETRYING" | "WAITING" | "HANDLE" | "REJECTED";
  /** The tries that failed. */
  readonly tries: readonly TryView[];
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Beginning of the arguments as JSON text, at most 500 characters. */
  readonly input: string | null;
  /** Beginning of the result as JSON text; null where there is none, or where it is kept apart (see `outputBytes`). */
  readonly output: string | null;
  readonly outputBytes: number | null;
  readonly error: ErrorView | null;
  /** Of a child: its run. */
  readonly runId?: string;
  /** Of a token: its id, where the run was put away for it. */
  readonly tokenId?: string;
  /** It was made at another place, by the code of before; what was recorded there answers here. */
  readonly madeAt?: { readonly name: string; readonly file: string | null; readonly line: number | null };
}

/** A try that failed. */
interface TryView {
  readonly number: number;
  readonly at: string;
  readonly retryAt: string;
  readonly error: ErrorView;
}

/** Something that happened to the run as a whole. */
export interface RunHappening {
  readonly kind: "event";
  readonly id: string;
  readonly number: number;
  readonly parent: null;
  /** pass: work on it began again. attempt: `run` rejected. cancel, resume: somebody asked for it. */
  readonly event: "pass" | "attempt" | "cancel" | "resume";
  readonly at: string;
  readonly codeVersion?: string;
  readonly error?: ErrorView;
  readonly retryAt?: string;
  /** Ids of the checkpoints that are made again because of it. */
  readonly rejects?: readonly string[];
  readonly reason?: "canceled" | "timedOut";
}

/** One entry of the tree. */
export type TreeEntry = Checkpoint | Frame | RunHappening;
