/**
 * The Lambda function that a rule of EventBridge starts each hour: it takes away what nobody needs any more.
 *
 * Owns:      the rights to delete by age. The timer, which rings for runs, has none of them.
 * Invariant: what could not be taken away is tried again with the next sweep, a day later; the invocation fails all the same,
 *            and an alarm rings.
 */

import { retentionOf } from "../engine/retention.ts";
import { makeDynamoClient, makeS3Client } from "./aws/clients.ts";
import { ages } from "./aws/dynamo-ages.ts";
import { dynamoErasure } from "./aws/dynamo-erasure.ts";
import { dynamoProgress } from "./aws/dynamo-progress.ts";
import { dynamoStore } from "./aws/dynamo-store.ts";
import { DynamoTable } from "./aws/dynamo-table.ts";
import { makeLambdaClient } from "./aws/lambda-client.ts";
import { lambdaVersions } from "./aws/lambda-versions.ts";
import { s3Bin } from "./aws/s3-bin.ts";
import { realClock } from "./clock.ts";
import { publishedVersion } from "./code-version.ts";
import { housekeeperConfig } from "./config.ts";
import type { Log } from "./log.ts";
import { type SweepDeps, sweep } from "./sweep.ts";
import { standardLog } from "./wire.ts";

/** What is left of its time when it stops: the last runs are erased in it. */
const marginMs = 60_000;

/** What it is made of, but for the time that an invocation has. */
export interface HousekeeperDeps extends Omit<SweepDeps, "goesOn"> {
  readonly log: Log;
}

/** The handler on these parts. */
export function housekeeper(deps: HousekeeperDeps) {
  return async (leftMs: () => number): Promise<void> => {
    const swept = await sweep({ ...deps, goesOn: () => leftMs() > marginMs });
    deps.log.info("Swept", { ...swept });
    if (swept.failed > 0) throw new Error(`${swept.failed} run(s) could not be erased: the log names them.`);
  };
}

function wire(): HousekeeperDeps {
  const config = housekeeperConfig();
  const client = makeDynamoClient();
  const place = { client, table: config.table };
  const table = new DynamoTable(place);
  const values = s3Bin({ bucket: config.bucket, makeClient: makeS3Client, clock: realClock });
  return {
    store: ages(table),
    eraser: { store: { ...dynamoStore({ ...place, callsParked: false }), ...dynamoErasure(table) }, values },
    retention: retentionOf(config.retention),
    versions: lambdaVersions(makeLambdaClient(), config.functionName),
    current: Number(publishedVersion(config.codeVersion)),
    progress: dynamoProgress(place),
    clock: realClock,
    log: standardLog(),
  };
}

let wired: ReturnType<typeof housekeeper> | undefined;

/** What Lambda calls. */
export async function handler(
  _event: unknown,
  context: { getRemainingTimeInMillis(): number },
): Promise<void> {
  wired ??= housekeeper(wire());
  return wired(() => context.getRemainingTimeInMillis());
}
