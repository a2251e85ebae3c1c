/**
 * Starting, canceling and resuming of other runs, for what runs do: loaded with the first, for most runs have no children.
 *
 * Never: does anything of its own: `start.ts` has it all.
 */
type Starts = typeof import("./start.ts");

const load = (): Promise<Starts> => import("./start.ts");

/** `startRun` of `start.ts`. */
export const startRun: Starts["startRun"] = async (...given) => (await load()).startRun(...given);
/** `cancelRun` of `start.ts`. */
export const cancelRun: Starts["cancelRun"] = async (...given) => (await load()).cancelRun(...given);
/** `resumeRun` of `start.ts`. */
export const resumeRun: Starts["resumeRun"] = async (...given) => (await load()).resumeRun(...given);
