/**
 * An index that lags behind the table, as AWS's may and DynamoDB Local's never does: what it shows is played, what the
 * heads say is real.
 */
import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { finish, suspend } from "../../engine/head-write.ts";
import { aRun, claimed } from "../contract/runs.ts";
import { hasDynamo, type OpenTable, openTable, wakesOf } from "./table.ts";

type Row = Record<string, AttributeValue>;

/** Lets an index show rows that are old, and not yet show those that are new. */
function laggingIndex(client: DynamoDBClient) {
  const shown = new Map<string, Row>();
  const state: { isOld: boolean; hidden: string | undefined } = { isOld: false, hidden: undefined };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (context.commandName !== "QueryCommand") return answer;
      const input = args.input as { readonly ExpressionAttributeValues?: Row };
      const output = answer.output as { Items?: Row[] };
      const found = (output.Items ?? []).filter(({ pk }) => pk?.S?.includes(state.hidden ?? "\n") !== true);
      const shardOf = ({ wakeShard, listShard }: Row) => (wakeShard ?? listShard)?.S;
      if (!state.isOld) for (const row of found) shown.set(`${row.pk?.S} ${shardOf(row)}`, row);
      const asked = Object.values(input.ExpressionAttributeValues ?? {}).map(({ S }) => S);
      const old = [...shown.values()].filter((row) => asked.includes(shardOf(row)));
      output.Items = state.isOld ? old : found;
      return answer;
    },
    { step: "initialize", name: "lag" },
  );
  return state;
}

describe.skipIf(!hasDynamo)("an index that lags behind", () => {
  let open: OpenTable;
  let index: ReturnType<typeof laggingIndex>;
  beforeAll(async () => {
    open = await openTable();
    index = laggingIndex(open.client);
  });
  afterAll(() => open?.close());

  test("rings nobody for a run that has ended or was put off: its head says so", async () => {
    const { store } = open;
    const counts = { activeMs: 0, attempts: 0, lastNumber: 0 };
    const ended = await claimed(store, "p", { wakeAt: 1_000 });
    const putOff = await claimed(store, "p", { wakeAt: 1_000 });
    await store.create(aRun({ id: "due", wakeAt: 1_000 }));
    const all = (await wakesOf(store, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).length;
    await store.write(ended.runId, finish(ended, "completed", 1_100, counts, false));
    const rest = { wakeAt: 99_000, waitingFor: { kind: "timer", count: 1 }, ...counts } as const;
    await store.write(putOff.runId, suspend(putOff, 1_100, 0, rest));
    index.isOld = true;
    expect(await wakesOf(store, 2_000, 3_000)).toEqual([{ runId: "due", at: 1_000 }]);
    index.isOld = false;
    expect(all).toBeGreaterThan(0);
  });

  test("that does not show a run yet costs it a tick: the next look finds it", async () => {
    const { store } = open;
    await store.create(aRun({ id: "fresh", wakeAt: 5_000 }));
    index.hidden = "fresh";
    const ids = async () => (await wakesOf(store, 6_000, 6_000)).map(({ runId }) => runId);
    expect(await ids()).not.toContain("fresh");
    index.hidden = undefined;
    expect(await ids()).toContain("fresh");
  });
});
