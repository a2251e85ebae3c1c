/** The task that the heads of tokens name: a list of runs has them only where it is asked for by name. */
export const tokenTask = "holdfast/token";

/** The task that bulk actions are runs of. */
export const bulkTask = "holdfast/bulk";

/** The task that the heads of public tokens name which were for one use, and have had it. They end as tokens do. */
export const usedTask = "holdfast/used";

/** The task that the heads name in which sets of paths of waiters are kept. */
export const pathsTask = "holdfast/waiter-paths";

/** Tasks of our own: a list of runs has theirs only where it is asked for by name. */
export const hiddenTasks: readonly string[] = [tokenTask, bulkTask, usedTask, pathsTask];

/** What the ids of tokens begin with. */
export const tokenPrefix = "waitpoint_";
