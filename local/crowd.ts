/**
 * Whether many callers come at once, each with a connection of its own. Node accepts one connection in each turn of the event loop: of a
 * crowd, each turn brings one request, and what it writes would be a commit by itself.
 *
 * Never: calls one caller after the other a crowd, or many requests on connections that are kept.
 */

/** So many callers that have come in a row, each while another one waited for an answer, are a crowd. */
const crowdSize = 8;
/** For so long after the last one it may go on. */
const crowdMs = 1_000;

/** Answers a request. */
export type Fetch = (request: Request, env?: object) => Response | Promise<Response>;

/** Counts callers. */
export interface Crowd {
  /** A connection has come. */
  came(): void;
  /** Counts the requests that have no answer yet. */
  counted(fetch: Fetch): Fetch;
  /** Do callers come faster than they are answered? */
  isThere(): boolean;
}

/** Makes a count. `now`: milliseconds that never go back. */
export function crowd(now: () => number = () => performance.now()): Crowd {
  let inRow = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let open = 0;
  return {
    came(): void {
      lastAt = now();
      inRow = open > 0 ? inRow + 1 : 0;
    },
    counted:
      (fetch): Fetch =>
      async (request, env) => {
        open += 1;
        try {
          return await fetch(request, env);
        } finally {
          open -= 1;
        }
      },
    isThere: () => open > 1 && inRow >= crowdSize && now() - lastAt < crowdMs,
  };
}
