/** The task that the heads of tokens name: a list of runs has them only where it is asked for by name. */
export const tokenTask = "holdfast/token";

/** What the ids of tokens begin with. */
export const tokenPrefix = "waitpoint_";
