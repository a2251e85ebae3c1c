/**
 * Holdfast in the account of the tests: the construct synthesized, its template brought to life, its keys put into the
 * secret as a person would, and the calls that anybody can make.
 */

import { join } from "node:path";
import { hashOfKey } from "../../functions/secret-key.ts";
import { callerOf, secretKey, webhookSecret } from "../world/holdfast.ts";
import { type Folder, makeFolder } from "../world/place.ts";
import { Bench, type BenchOptions } from "./bench.ts";
import { type StackPlan, shortTimes, synthesize } from "./synth.ts";

/** A stack that serves. */
export interface Stack extends ReturnType<typeof callerOf> {
  readonly bench: Bench;
  readonly url: string;
  /** Synthesizes the stack as its files are now: `bench.deploy` takes the folder. */
  synth(): Promise<string>;
  /** Process ids of dispatchers that are working on a ring. */
  dispatchers(): number[];
  /** Ends everything; throws for calls that the bench did not understand. */
  close(): Promise<void>;
}

type Plan = Partial<StackPlan> & Pick<StackPlan, "tasks">;

/** Puts a stack up. A minute of its rule lasts a second unless told otherwise. */
export async function startStack(plan: Plan, options: Omit<BenchOptions, "assembly"> = {}): Promise<Stack> {
  const folder: Folder = await makeFolder("stack");
  let deploys = 0;
  const synth = (): Promise<string> => {
    deploys += 1;
    return synthesize(join(folder.path, `cdk.out-${deploys}`), { ...shortTimes, maxConcurrency: 2, ...plan });
  };
  const bench = await Bench.up({ minuteMs: 1_000, ...options, assembly: await synth() });
  bench.secrets.put({ HOLDFAST_KEY_HASHES: hashOfKey(secretKey), HOLDFAST_WEBHOOK_SECRET: webhookSecret });
  const dispatcher = bench.functionId("Dispatcher");
  return {
    ...callerOf(bench.url),
    bench,
    url: bench.url,
    synth,
    dispatchers: () => bench.lambda.pools(dispatcher).flatMap(({ busy }) => busy),
    close: async () => {
      try {
        await bench.close();
      } finally {
        await folder.remove();
      }
    },
  };
}
