/** The task that the heads of tokens name: a list of runs has them only where it is asked for by name. */
export const tokenTask = "holdfast/token";

/** The task that bulk actions are runs of. */
export const bulkTask = "holdfast/bulk";

/** Tasks of our own: a list of runs has theirs only where it is asked for by name. */
export const hiddenTasks: readonly string[] = [tokenTask, bulkTask];

/** What the ids of tokens begin with. */
export const tokenPrefix = "waitpoint_";
