/**
 * What a run takes in AWS: units and requests, worked out from its head and its journal. Nothing is written for it
 * (docs/decisions/0037-run-units.md says why, and what is left out).
 *
 * Never:     reads a store or a clock.
 * Invariant: for a run of small results with nothing switched on it is what DynamoDB's own `ConsumedCapacity` says
 *            (`test/aws/budgets.test.ts`); on one machine, what the same run would take there.
 */
import { fargateSize } from "../engine/fargate-size.ts";
import type { MachineName } from "../engine/machines.ts";
import type { JournalEntry } from "../engine/ports.ts";
import { fromText } from "../engine/record.ts";
import { isFinished, type Run } from "../engine/run.ts";
import type { AwsUnits, FargateUnits } from "../sdk/run-cost.ts";
import { runPrices } from "./aws-prices.ts";

/** Megabytes of the function where no task asks for a machine. */
const usualMb = 512;
/** Fargate's smallest bill of one task. */
const leastSecondsOfFargate = 60;
/** A lease of 30 s is renewed after a third of it. */
const renewedMs = 10_000;

/** Writes of the head and its places in indexes, as `test/aws/budgets.test.ts` counts them. */
const head = {
  created: 2,
  claimed: 1,
  ended: 1,
  placed: 1,
  putAway: 2,
  wakeMoved: 1,
  renewed: 1,
  inBatch: 1,
} as const;
/** A trigger with a key is a transaction. */
const withKey = 4;
/** What a child's end takes to tell its parent: its own head twice, an inbox item, the parent's head; a look at that. */
const told = { writeUnits: 6, readUnits: 1 } as const;
/** A pass that is told something looks at the head and the inbox. */
const inboxRead = 2;

/** Texts above it are packed, which leaves a third of JSON; what is kept then is paid by the kilobyte. */
const packedAbove = 960;
const kept = (bytes: number): number => (bytes <= packedAbove ? bytes : bytes / 3);
const writeBytes = 1_024;
const readBytes = 4_096;
/** Beside a record's text: its keys and epoch. */
const itemBytes = 64;

const units = (bytes: number, each: number): number => Math.max(1, Math.ceil(bytes / each));

interface Log {
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Waits that ended by time: each had moved the run in the index of wakes. */
  readonly timers: number;
  /** Records of passes. */
  readonly passes: number;
}

/** Each record is a write; each pass but the first reads all that lies before it. */
function logOf(journal: readonly JournalEntry[]): Log {
  const log = { writeUnits: 0, readUnits: 0, timers: 0, passes: 0 };
  let before = 0;
  let isTold = false;
  for (const { data } of journal) {
    const bytes = kept(Buffer.byteLength(data)) + itemBytes;
    const record = fromText(data);
    if (record.kind === "pass") {
      log.passes += 1;
      log.readUnits += units(before, readBytes) + (isTold ? inboxRead : 0);
      isTold = false;
    }
    if (record.kind === "result" && record.sort === "wait") log.timers += 1;
    if (record.kind === "result" && record.sort === "child") isTold = true;
    log.writeUnits += units(bytes, writeBytes);
    before += bytes;
  }
  if (isTold) log.readUnits += inboxRead;
  return log;
}

/**
 * A place in time is made by what first puts the run away, which has none to take away then, or by the first renewal of a lease; the
 * end takes it away. A run that ends within a third of its first lease has none.
 */
function placesOf(again: number, activeMs: number, hasEnded: boolean): number {
  const isPlaced = again > 0 || activeMs >= renewedMs;
  if (!isPlaced) return 0;
  return (again > 0 ? -head.placed : head.placed) + (hasEnded ? head.placed : 0);
}

/** Where passes are. */
export interface Place {
  /** Megabytes of the function that works on the run; undefined: there is none, and the usual one is meant. */
  readonly memoryMb?: number | undefined;
  /** The dispatcher gives each of its rings on, to a larger function: a claim that is refused, a message and an invocation more. */
  readonly isGivenOn?: true | undefined;
  /** The machine of a `longRunning` task, whose passes are in Fargate; undefined: they are in the dispatcher. */
  readonly long?: MachineName | undefined;
}

/** A pass of Fargate has a record, the first one, too: the dispatcher has claimed the run before it. A task is paid for a minute at least. */
function fargateUnits(name: MachineName, activeMs: number, tasks: number): FargateUnits {
  const seconds = Math.max(activeMs / 1_000, tasks * leastSecondsOfFargate);
  const { vcpu, gb } = fargateSize(name);
  return { tasks, vcpuSeconds: seconds * vcpu, gbSeconds: seconds * gb };
}

/** What it takes to create a run. Those of a batch that nobody waits for are in one index more. */
const begunUnits = ({ idempotencyKey, batchId, parent }: Run): number =>
  head.created +
  (idempotencyKey === undefined ? 0 : withKey) +
  (batchId === undefined || parent !== undefined ? 0 : head.inBatch);

/** Works it out. */
export function awsUnitsOf(
  run: Run,
  journal: readonly JournalEntry[],
  { memoryMb = usualMb, long, isGivenOn }: Place = {},
): AwsUnits {
  const { epoch: passes, activeMs, status, parent } = run;
  const log = logOf(journal);
  const again = Math.max(0, passes - 1);
  const hasEnded = isFinished(status);
  const tells = hasEnded && parent !== undefined;
  const heads =
    begunUnits(run) +
    passes * head.claimed +
    again * head.putAway +
    Math.min(again, log.timers) * head.wakeMoved +
    (hasEnded ? head.ended : 0) +
    Math.floor(activeMs / renewedMs) * head.renewed +
    placesOf(again, activeMs, hasEnded);
  const elsewhere = long === undefined ? 0 : Math.min(Math.max(log.passes, activeMs > 0 ? 1 : 0), passes);
  // Each of those elsewhere was started by a ring, also where that has not claimed the run.
  const rings = Math.max(passes - elsewhere, Math.min(elsewhere, 1));
  const givenOn = isGivenOn ? rings : 0;
  const taken = {
    // A record that came with the run's end is no write of its own.
    writeUnits:
      heads +
      givenOn +
      log.writeUnits -
      (run.lastRecord === undefined ? 0 : 1) +
      (tells ? told.writeUnits : 0),
    readUnits: log.readUnits + (tells ? told.readUnits : 0),
    // One that has not begun has sent its ring, and no more.
    sqsRequests: Math.max(1, (rings + givenOn) * 3),
    invocations: rings + givenOn,
    gbSeconds: long === undefined ? (activeMs / 1_000) * (memoryMb / 1_024) : 0,
    ...(long === undefined ? {} : { fargate: fargateUnits(long, activeMs, elsewhere) }),
  };
  return { ...taken, usd: usdOf(taken) };
}

function usdOf({
  writeUnits,
  readUnits,
  sqsRequests,
  invocations,
  gbSeconds,
  fargate,
}: Omit<AwsUnits, "usd">): number {
  return (
    writeUnits * runPrices.writeUnit.usd +
    readUnits * runPrices.readUnit.usd +
    sqsRequests * runPrices.sqsRequest.usd +
    invocations * runPrices.lambdaRequest.usd +
    gbSeconds * runPrices.lambdaGbSecond.usd +
    (fargate?.vcpuSeconds ?? 0) * runPrices.fargateVcpuSecond.usd +
    (fargate?.gbSeconds ?? 0) * runPrices.fargateGbSecond.usd
  );
}
