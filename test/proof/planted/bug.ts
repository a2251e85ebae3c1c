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
