/**
 * Hand-over to another version, its client loaded with the first one: runs of older code are the minority, and the client
 * of Lambda is a seventh of what a cold start would have to load.
 *
 * Invariant: a client that could not be loaded is loaded again for the next hand-over.
 */
import type { HandOff } from "./hand-off.ts";

/** Hands runs over to the published versions of this function. */
export function lazyHandOff(functionName: string): HandOff {
  let loaded: Promise<HandOff> | undefined;

  async function load(): Promise<HandOff> {
    const [{ lambdaHandOff }, { makeLambdaClient }] = await Promise.all([
      import("./hand-off.ts"),
      import("./lambda-client.ts"),
    ]);
    return lambdaHandOff({ client: makeLambdaClient(), functionName });
  }

  return {
    async handOff(...given) {
      loaded ??= load().catch((error: unknown) => {
        loaded = undefined;
        throw error;
      });
      return (await loaded).handOff(...given);
    },
  };
}
