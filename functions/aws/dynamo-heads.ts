/**
 * Heads: create, read, write.
 *
 * Invariant: an outcome that got lost is no other outcome: a put or update that meets its own mark has been applied.
 */
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { applies, type HeadWrite } from "../../engine/head-write.ts";
import type { RunKey, Store } from "../../engine/ports.ts";
import { isCounted } from "../../engine/queues.ts";
import type { Run } from "../../engine/run.ts";
import { calledBy, queued } from "../../engine/slots.ts";
import { isToBeClaimed, type UnseenClaims, type Written } from "../unseen-claim.ts";
import { refusedBy, untilClear } from "./dynamo-faults.ts";
import type { Put } from "./dynamo-keys.ts";
import type { Pools } from "./dynamo-pools.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { type Turn, turnsOf, type Unseen, type UpdateOptions, updateOf } from "./dynamo-write.ts";
import { headKey, type Item, itemsOf } from "./keys.ts";

type Created = Awaited<ReturnType<Store["create"]>>;

const isAbsent = { ConditionExpression: "attribute_not_exists(pk)" } as const;
const andTellWhy = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

/** Turns of a write that may be tried when the status changes meanwhile. */
const turnTries = 6;

async function putNew(table: DynamoTable, head: Item, writer: string): Promise<Item> {
  try {
    const put = new PutItemCommand({ TableName: table.name, Item: head, ...isAbsent, ...andTellWhy });
    await untilClear(() => table.client.send(put), table.pause);
    return head;
  } catch (error) {
    const there = refusedBy(error);
    return there === null || there.writer?.S === writer ? head : there;
  }
}

/** What a claim asks for, and does, beyond its write. */
type How = Partial<Pick<UpdateOptions, "unseen" | "isUnslotted" | "places">>;

/** Applies one turn of a write; gives the head after it, or the one that refused it. */
async function updateOnce(
  table: DynamoTable,
  runId: string,
  change: HeadWrite,
  turn: Turn,
  writer: string,
  how: How,
): Promise<{ readonly isApplied: boolean; readonly head: Item | undefined }> {
  const options = { table: table.name, writer, keepEndedMs: table.keepEndedMs, unseen: undefined, ...how };
  const update = new UpdateItemCommand(updateOf(runId, change, turn, options));
  try {
    const { Attributes } = await untilClear(() => table.client.send(update), table.pause);
    return { isApplied: true, head: Attributes };
  } catch (error) {
    const there = refusedBy(error) ?? undefined;
    return { isApplied: there?.writer?.S === writer, head: there };
  }
}

/** The claim, with the queue that the run goes into, and its limits. */
const inQueue = (change: HeadWrite, { queue, limits }: Run): HeadWrite => ({
  ...change,
  setOnce: { ...change.setOnce, queue, limits },
});

/** References to large values in fields of a head. */
function refsOf({ payload, output, metadata, changedMetadata }: Partial<Run>): string[] {
  return [payload, output, metadata, changedMetadata].flatMap((stored) =>
    stored !== undefined && "ref" in stored ? [stored.ref] : [],
  );
}

/** Create, read, write and claim of heads. */
export function heads(
  table: DynamoTable,
  pools: Pick<Pools, "settings" | "claim" | "gave">,
): Pick<Store, "create" | "adopt" | "read" | "write"> & UnseenClaims {
  async function create(run: Run, idempotency?: RunKey, second?: RunKey): Promise<Created> {
    const writer = table.mark();
    const { head, cold } = itemsOf(run, writer);
    const refs = refsOf(run);
    if (refs.length > 0) await table.noteRefs(run.id, refs);
    // Before the head, and under a name made from its content: nobody finds a head whose payload is missing.
    if (cold !== undefined) {
      await table.client.send(new PutItemCommand({ TableName: table.name, Item: cold }));
      table.keepCold(`${cold.pk?.S}/${cold.sk?.S}`, cold);
    }
    const keys = [idempotency, second].flatMap((key, at) => (key ? [{ ...key, isSecond: at > 0 }] : []));
    const { there, ...rest }: Put =
      keys.length === 0
        ? { there: await putNew(table, head, writer) }
        : await (await import("./dynamo-keys.ts")).putKeyed(table, run, head, keys);
    return { created: there.writer?.S === writer, run: await table.run(there), ...rest };
  }

  async function read(runId: string): Promise<Run | undefined> {
    const head = await table.item(headKey(runId));
    return head === undefined ? undefined : table.run(head);
  }

  async function write(runId: string, change: HeadWrite, unseen?: Unseen): Promise<Written> {
    const isClaim = change.event === "claimed";
    const { applied, run: found } = isClaim
      ? await claimHead(runId, change, { unseen, isUnslotted: true })
      : await writeHead(runId, change, { places: true });
    const run = found && (isClaim ? queued(found, change.queues) : found);
    if (run?.queue === undefined) return { applied, run };
    const now = change.set.updatedAt ?? run.updatedAt;
    if (isClaim && !applied) return claim(run, inQueue(change, run), unseen, now);
    // Tags are no sign that somebody has left the run: a claim of it may be under way.
    if (!applied || run.owner !== undefined || change.event === "tagged") return { applied, run };
    return { applied, run, ...calledBy(undefined, await pools.gave(run, now), now) };
  }

  /** A run that has no time to wake is in no index by which a dead pass is found: it gets its place with its claim. */
  async function claimHead(runId: string, change: HeadWrite, how: How): Promise<Written> {
    const written = await writeHead(runId, change, how);
    const { applied, run } = written;
    if (applied || run === undefined || run.wakeAt !== undefined || !applies(run, change)) return written;
    return writeHead(runId, change, { ...how, places: true });
  }

  /** The claim of a run that is in a queue. */
  async function claim(
    run: Run,
    change: HeadWrite,
    unseen: Unseen | undefined,
    now: number,
  ): Promise<Written> {
    const settings = await pools.settings(run, now);
    if (run.limits === undefined && !isCounted(settings)) return claimHead(run.id, change, { unseen });
    const turn = turnsOf(change).find(({ from }) => from.includes(run.status));
    if (turn === undefined || !applies(run, change)) return { applied: false, run };
    if (unseen !== undefined && !isToBeClaimed(run, unseen.hash, unseen.now, unseen.elsewhere))
      return { applied: false, run };
    const writer = table.mark();
    // One that is parked meanwhile has no time to wake any more: it refuses, and whoever has parked it sees to its turn.
    const places = run.wakeAt === undefined;
    const options = { table: table.name, writer, keepEndedMs: table.keepEndedMs, unseen, places };
    return pools.claim(run, settings, updateOf(run.id, change, turn, options), writer, now);
  }

  async function writeHead(runId: string, change: HeadWrite, how: How): Promise<Written> {
    const writer = table.mark();
    const turns = turnsOf(change);
    const refs = refsOf(change.set);
    if (refs.length > 0) await table.noteRefs(runId, refs);
    let turn = turns[0];
    if (turn === undefined) return { applied: false, run: await read(runId) };
    for (let attempt = 1; ; attempt++) {
      const { isApplied, head } = await updateOnce(table, runId, change, turn, writer, how);
      const run = head && (await table.run(head));
      const other = isApplied ? undefined : turns.find((each) => run && each.from.includes(run.status));
      if (other === undefined || other === turn || attempt >= turnTries) return { applied: isApplied, run };
      turn = other;
    }
  }

  return {
    create,
    adopt: async (...given) => (await import("./dynamo-keys.ts")).adoptKey(table, ...given),
    read,
    write: (runId, change) => write(runId, change),
    claimUnseen: (runId, change, hash, now, elsewhere) => write(runId, change, { hash, now, elsewhere }),
  };
}
