/**
 * The table as the parts of the store see it: client, name, and the reading of whole heads.
 *
 * Owns:      the memory of cold items: they never change, so one that was read is not read again.
 * Invariant: a run that is given out has its payload, wherever that lies.
 */
import { randomBytes } from "node:crypto";
import {
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Run } from "../../engine/run.ts";
import { backOffMs, type Pause, pause } from "./dynamo-faults.ts";
import { coldKeyOf, headKey, type Item, type Key, refItems, runIdOf, toRun } from "./keys.ts";

const batchMax = 100;
const batchTries = 10;
/** Cold items kept in memory: those of the runs that a process works on, and a page of a list. */
const coldKept = 128;

/** What a store on DynamoDB is made of. */
export interface DynamoOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** False for a function that must not delete: it leaves the calling of parked runs to the others. */
  readonly callsParked?: boolean;
  /** How long the head of a finished run is kept; for ever if it is not given. */
  readonly keepEndedMs?: number;
  /** Waits between tries; real time if it is not given. */
  readonly pause?: Pause;
}

export class DynamoTable {
  readonly client: DynamoDBClient;
  readonly name: string;
  readonly keepEndedMs: number | undefined;
  readonly callsParked: boolean;
  readonly pause: Pause;
  readonly #cold = new Map<string, Item>();

  constructor(options: DynamoOptions) {
    this.client = options.client;
    this.name = options.table;
    this.keepEndedMs = options.keepEndedMs;
    this.callsParked = options.callsParked ?? true;
    this.pause = options.pause ?? pause;
  }

  /** The mark of one write. */
  mark(): string {
    return randomBytes(6).toString("base64url");
  }

  /** The item at `key`, as it is now. */
  async item(key: Key): Promise<Item | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.name, Key: key, ConsistentRead: true }),
    );
    return Item;
  }

  /** The run of a head; its cold item is read, if it has one. */
  async run(head: Item): Promise<Run> {
    const key = coldKeyOf(head);
    if (key === undefined) return toRun(head);
    const name = `${key.pk.S}/${key.sk.S}`;
    const cold = this.#cold.get(name) ?? (await this.item(key));
    if (cold !== undefined) this.keepCold(name, cold);
    return toRun(head, cold);
  }

  /** Remembers a cold item, and forgets the one that was used longest ago. */
  keepCold(name: string, cold: Item): void {
    this.#cold.delete(name);
    this.#cold.set(name, cold);
    const [oldest] = this.#cold.keys();
    if (this.#cold.size > coldKept && oldest !== undefined) this.#cold.delete(oldest);
  }

  /** Notes that a run refers to large values, before anything else says so: none is taken away that somebody has. */
  async noteRefs(runId: string, refs: readonly string[]): Promise<void> {
    const items = [...new Set(refs)].flatMap((ref) => refItems(runId, ref));
    const put = (Item: Item) => this.client.send(new PutItemCommand({ TableName: this.name, Item }));
    await Promise.all(items.map(put));
  }

  /** The heads of these runs, by id; those that are gone are left out. `isExact` sees every write that has ended. */
  async heads(runIds: readonly string[], isExact: boolean): Promise<Map<string, Item>> {
    const found = new Map<string, Item>();
    for (let at = 0; at < runIds.length; at += batchMax) {
      const keys = runIds.slice(at, at + batchMax).map(headKey);
      for (const item of await this.items(keys, isExact)) found.set(runIdOf(item), item);
    }
    return found;
  }

  /** The items at these keys, 100 at most, in any order; those that are gone are left out. */
  async items(keys: readonly Key[], isExact: boolean): Promise<Item[]> {
    const items: Item[] = [];
    let left = keys;
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt >= batchTries)
        throw new Error(`DynamoDB left ${left.length} of ${keys.length} items unread.`);
      if (attempt > 0) await this.pause(backOffMs(attempt));
      const asked = { [this.name]: { Keys: [...left], ConsistentRead: isExact } };
      const answer = await this.client.send(new BatchGetItemCommand({ RequestItems: asked }));
      items.push(...(answer.Responses?.[this.name] ?? []));
      left = (answer.UnprocessedKeys?.[this.name]?.Keys ?? []) as unknown as Key[];
    }
    return items;
  }
}
