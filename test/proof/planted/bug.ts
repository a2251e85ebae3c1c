/** A bug that is planted on purpose: a guard that is taken out, and the smallest share of the proof that must notice. */
export interface Bug {
  /** The guard. */
  readonly guard: string;
  /** The compiled file, without its ending. */
  readonly file: string;
  /** What stands there, and what is put in its place. White space counts for nothing. */
  readonly from: string;
  readonly to: string;
  readonly suite: string;
  /** Of P3, schedules of this place and with runs of this task alone. */
  readonly place?: "machine" | "cloud";
  readonly task?: string;
  /** Cases to try, from the first on. */
  readonly cases: number;
}

/** A bug that schedules of the simulator must notice: all of them, or those of one place or task. */
export const simulated = (
  guard: string,
  file: string,
  from: string,
  to: string,
  part: Pick<Bug, "place" | "task"> = {},
  cases = 1_500,
): Bug => ({ guard, file, from, to, suite: "P3", ...part, cases });
