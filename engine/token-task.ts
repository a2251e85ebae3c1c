/** The task that the heads of tokens name: a list of runs has them only where it is asked for by name. */
export const tokenTask = "holdfast/token";

/** The task that bulk actions are runs of. */
export const bulkTask = "holdfast/bulk";

/** The task that the heads of public tokens name which were for one use, and have had it. They end as tokens do. */
export const usedTask = "holdfast/used";

/** The task that the heads name in which sets of paths of waiters are kept. */
export const pathsTask = "holdfast/waiter-paths";

/** The task that the heads of payloads name which were uploaded apart from their trigger. They end as tokens do. */
export const uploadTask = "holdfast/upload";

/** Tasks of our own: a list of runs has theirs only where it is asked for by name. */
export const hiddenTasks: readonly string[] = [tokenTask, bulkTask, usedTask, pathsTask, uploadTask];

/** What the ids of tokens begin with. */
export const tokenPrefix = "waitpoint_";
