/**
 * The list of runs, newest first.
 *
 * Costs, in read units: 4 to 8 queries (half a unit each for up to 40 runs) and half a unit for each head looked at.
 * Dead letters have partitions of their own, so `dlq list` looks at nothing else. Other filters look at heads until
 * enough of them fit: a call looks at `lookedAtMost` heads and then says where to go on, so that no call costs more
 * than a few hundred units, however rare what is looked for. The runs of a batch that was triggered without waiting for it have an index of
 * their own, and no other run is looked at.
 *
 * Invariant: a page may be shorter than its limit, or empty, and have a `next`; without `next` there is nothing more.
 */
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import type { RunQuery, Store } from "../../engine/ports.ts";
import { isDeadLetter, type Run } from "../../engine/run.ts";
import { fits } from "../../engine/run-query.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { type Lane, type Spot, walk } from "./dynamo-walk.ts";
import { headKey, type Item, partitions, toRun } from "./keys.ts";
import { bytesOf } from "./packed-text.ts";
import { batchIndex, listIndex } from "./table.ts";

type Listed = Awaited<ReturnType<Store["list"]>>;

/** Heads that one call looks at. */
const lookedAtMost = 1_000;
const pageMin = 10;
const pageMax = 100;
/** Bytes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const longestKey = 2_048;
const latest = Number.MAX_SAFE_INTEGER / 2;

function lanesOf({ status, from = 0 }: RunQuery, to: number): Lane[] {
  const asks = (fits: (status: Run["status"]) => boolean) => status === undefined || status.some(fits);
  const created = (shard: string): Lane => ({ index: listIndex, shard, from, to });
  return [
    ...(asks((each) => !isDeadLetter(each)) ? partitions.ordinary.map(created) : []),
    ...(asks(isDeadLetter) ? partitions.dead.map(created) : []),
  ];
}

/** Where the runs of these batches are; undefined: not all of them have entries (a parent waits for them, or they are older than the index). */
async function lanesOfBatches(
  table: DynamoTable,
  { batch, from = 0 }: RunQuery,
  to: number,
): Promise<Lane[] | undefined> {
  if (batch === undefined) return undefined;
  const hasEntry = async (id: string): Promise<boolean> => {
    // DynamoDB refuses to look for what cannot be a key.
    if (id === "" || bytesOf(id) > longestKey) return false;
    const first = new QueryCommand({
      TableName: table.name,
      IndexName: batchIndex,
      KeyConditionExpression: "batchId = :batch",
      ExpressionAttributeValues: { ":batch": { S: id } },
      Limit: 1,
    });
    return ((await table.client.send(first)).Items ?? []).length > 0;
  };
  const have = await Promise.all(batch.map(hasEntry));
  return have.every(Boolean) ? batch.map((shard) => ({ index: batchIndex, shard, from, to })) : undefined;
}

/** The heads that fit, up to the limit, and after which run to go on. */
async function take(heads: AsyncIterable<Item>, query: RunQuery): Promise<{ found: Item[]; next?: string }> {
  const found: Item[] = [];
  let looked = 0;
  let last = "";
  for await (const head of heads) {
    if (looked++ >= lookedAtMost) return { found, next: last };
    const run = toRun(head);
    const isFit = fits(run, query);
    if (isFit && found.length >= query.limit) return { found, next: last };
    if (isFit) found.push(head);
    if (isFit || looked >= lookedAtMost) last = run.id;
  }
  return { found };
}

/** Where a run is in the list. */
type Place = Pick<Spot, "id" | "at">;

const isOlder = ({ id, at }: Place, than: Place): boolean => at < than.at || (at === than.at && id < than.id);

/** Between which times is looked. */
function boundsOf({ from = 0, to = latest, before }: RunQuery, last: Place | undefined) {
  if (last === undefined) return { from, to };
  return before === undefined ? { from, to: Math.min(to, last.at) } : { from: Math.max(from, last.at), to };
}

/** The list of runs. */
export function lists(table: DynamoTable): Pick<Store, "list"> {
  async function spotOf(runId: string): Promise<Place | undefined> {
    const head = await table.item(headKey(runId));
    return head === undefined ? undefined : { id: runId, at: toRun(head).createdAt };
  }

  /** Heads behind `last`, in order: from the newest on, or, for a page before another, from the oldest on. */
  async function* inOrder(asked: RunQuery, last: Place | undefined): AsyncGenerator<Item> {
    const isBackwards = asked.before === undefined;
    const { from, to } = boundsOf(asked, last);
    if (from > to) return;
    const query = { ...asked, from };
    const page = Math.min(pageMax, Math.max(pageMin, query.limit + 1));
    const lanes = (await lanesOfBatches(table, query, to)) ?? lanesOf(query, to);
    const isBehind = (spot: Place): boolean =>
      last === undefined || (isBackwards ? isOlder(spot, last) : isOlder(last, spot));
    for await (const portion of walk(table, { lanes, isBackwards, page })) {
      const behind = portion.filter(isBehind).map(({ id }) => id);
      for (let at = 0; at < behind.length; at += page) yield* await headsOf(behind.slice(at, at + page));
    }
  }

  async function headsOf(ids: readonly string[]): Promise<Item[]> {
    const heads = await table.heads(ids, false);
    return ids.map((id) => heads.get(id)).filter((head) => head !== undefined);
  }

  async function list(query: RunQuery): Promise<Listed> {
    const { before, after = before, afterAt } = query;
    const spot = afterAt === undefined ? spotOf : async (id: string): Promise<Place> => ({ id, at: afterAt });
    const last = after === undefined ? undefined : await spot(after);
    if (after !== undefined && last === undefined) return { runs: [] };
    const { found, next } = await take(inOrder(query, last), query);
    const runs = await Promise.all(found.map((head) => table.run(head)));
    if (before !== undefined) runs.reverse();
    return next === undefined ? { runs } : { runs, next };
  }

  return { list };
}
