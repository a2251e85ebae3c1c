/**
 * A span, and the ids of spans.
 *
 * Invariant: an id follows from the run and what the span is about, so every pass, and every sending again, gives the same.
 */
import { createHash } from "node:crypto";
import type { Run } from "../../engine/run.ts";

/** What is known of a span in a few words. */
export type Attributes = Readonly<Record<string, string | number>>;

/** A span of a trace. Times are Unix milliseconds. */
export interface Span {
  /** 32 hex digits. */
  readonly trace: string;
  /** 16 hex digits. */
  readonly id: string;
  readonly parent?: string | undefined;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly attributes: Attributes;
  /** What failed, as the name of an error or a status. Never a message: authors put data into those. */
  readonly failed?: string | undefined;
  readonly events?: readonly {
    readonly name: string;
    readonly at: number;
    readonly attributes: Attributes;
  }[];
  /** Another span of the same trace that this one goes on from. */
  readonly link?: string | undefined;
}

const digits = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);

/** A run and all its descendants are one trace. */
export const traceOf = ({ root, id }: Pick<Run, "root" | "id">): string =>
  digits(`holdfast trace ${root ?? id}`, 32);

const idOf = (runId: string, about: string): string => digits(`holdfast span ${runId} ${about}`, 16);

/** The span of a run; after a resume it is another one. */
export const runSpan = (runId: string, resumes: number): string => idOf(runId, `run ${resumes}`);
/** The span of a pass, by the run's epoch. */
export const passSpan = (runId: string, epoch: number): string => idOf(runId, `pass ${epoch}`);
/** The span of a frame, by its path. */
export const frameSpan = (runId: string, path: string, resumes: number): string =>
  idOf(runId, `frame ${resumes} ${path}`);
/** The span of one try of a unit; `gen`: how often the author's code has rejected it. */
export const trySpan = (runId: string, key: string, gen: number, number: number): string =>
  idOf(runId, `try ${key} ${gen} ${number}`);
