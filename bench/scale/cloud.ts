/**
 * Holdfast in AWS under loads that no bench can play: counts of the real engine, times rates, beside the services' quotas.
 * `docs/scale.md` has these tables word for word.
 *
 * Owns:      the loads, and how long a pass and a record are taken to be: assumptions, named as such.
 * Source:    the quotas are those of `docs/limits.md`, with AWS's pages.
 */
import { listShards } from "../../functions/aws/keys.ts";
import { mostPerTick } from "../../functions/tick.ts";
import { perMillion, tenAwaits, total } from "../aws-costs.ts";
import { counted, readsOfRing } from "./counts.ts";

/** What AWS gives, and what a stack asks for unless told otherwise. */
const quotas = {
  partitionWrites: 1_000,
  newTableWrites: 4_000,
  tableWrites: 40_000,
  maxConcurrency: 100,
  throttle: 500,
  /** Pollers of a queue: so many at first, so many more a second. */
  pollers: 5,
  pollersPerSecond: 5,
} as const;

/** A pass of ten short awaits and an await, in seconds; a record of a small result, in bytes, with its keys. */
const assumed = { passSeconds: 0.3, awaitSeconds: 0.004, recordBytes: 500 } as const;
/** What a recorded await takes to be replayed on a whole processor: `npm run bench -- --engine` measures it. 512 MB have 0.29 of one. */
const replaySeconds = 14e-6 / 0.29;
/** How long a pass begins new awaits: `leaveAfter`. */
const passSeconds = 300;

/** One place that a load weighs on. */
interface Place {
  readonly where: string;
  readonly load: number;
  readonly limit: number;
  readonly unit: string;
  /** What to do where it is not enough. */
  readonly remedy: string;
}

/** A load, and all places that it could be too much for. */
interface Load {
  readonly name: string;
  readonly places: readonly Place[];
}

const units = tenAwaits.writeUnits;

/** Runs of ten awaits, so many a second. */
const starts = (rate: number): readonly Place[] => [
  {
    where: "API Gateway, requests",
    load: rate,
    limit: quotas.throttle,
    unit: "a second",
    remedy: "`throttle`, to 10,000; or batches, 1,000 runs a request",
  },
  {
    where: "dispatchers at once",
    load: rate * assumed.passSeconds,
    limit: quotas.maxConcurrency,
    unit: "passes",
    remedy: "`maxConcurrency`, to 1,000, and as much of the account's Lambda concurrency",
  },
  {
    where: `index \`runs\`, one of ${listShards} partitions`,
    load: (rate * counted.start.list) / listShards,
    limit: quotas.partitionWrites,
    unit: "units a second",
    remedy: "a second stack: the number of partitions is fixed",
  },
  {
    where: "a new table",
    load: rate * units,
    limit: quotas.newTableWrites,
    unit: "units a second",
    remedy: "warm throughput, or a rate that rises: on demand it doubles within half an hour",
  },
  {
    where: "the table",
    load: rate * units,
    limit: quotas.tableWrites,
    unit: "units a second",
    remedy: "Service Quotas raises it",
  },
];

const shown = (value: number): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });

const daySeconds = 86_400;
const million = 1e6;
const checkpoints = 100_000;
const journalMb = (checkpoints * assumed.recordBytes) / million;
const passesOf = Math.ceil((checkpoints * assumed.awaitSeconds) / passSeconds);

/** The loads. */
export const loads: readonly Load[] = [
  {
    name: "1,000,000 runs a day, ten times as many in the worst hour",
    places: starts((10 * million) / daySeconds),
  },
  { name: "1,000 starts a second", places: starts(1_000) },
  {
    name: "A run with 100,000 checkpoints",
    places: [
      {
        where: "its partition",
        load: counted.checkpoint.run / assumed.awaitSeconds,
        limit: quotas.partitionWrites,
        unit: "units a second",
        remedy: "awaits of one run wait for each other; many at once are throttled and made again",
      },
      {
        where: `replay of its ${shown(journalMb)} MB at the beginning of each pass`,
        load: checkpoints * replaySeconds,
        limit: passSeconds,
        unit: "s",
        remedy: "children for parts of the loop: each has a journal of its own",
      },
    ],
  },
  {
    name: "10,000 keys in one queue, 100 runs a second",
    places: [
      {
        where: "the queue's partition, slots free",
        load: 100 * counted.slot.queue,
        limit: quotas.partitionWrites,
        unit: "units a second",
        remedy: "several queues, by a hash of the key",
      },
      {
        where: "the queue's partition, all waiting for a slot",
        load: 100 * counted.awaitedSlot.queue,
        limit: quotas.partitionWrites,
        unit: "units a second",
        remedy: "several queues, by a hash of the key",
      },
    ],
  },
  {
    name: "1,000,000 sleeping runs",
    places: [
      {
        where: "the timer, waits spread over a month",
        load: million / (30 * 24 * 60),
        limit: mostPerTick,
        unit: "runs a minute",
        remedy: "none needed",
      },
      {
        where: "the timer, all within one hour",
        load: million / 60,
        limit: mostPerTick,
        unit: "runs a minute",
        remedy: "spread them: `wait.until` with some minutes of chance",
      },
      {
        where: "the timer, all at one minute",
        load: million,
        limit: mostPerTick,
        unit: "runs a minute",
        remedy: `the last is ${Math.ceil(million / mostPerTick)} minutes late; spread them`,
      },
    ],
  },
];

/** A burst of starts. */
export interface Burst {
  readonly rate: number;
  readonly seconds: number;
  readonly maxConcurrency: number;
  /** What the table takes when it begins, in write units a second. */
  readonly tableUnits: number;
}

/** How a burst goes, second by second: pollers are added, a table that is full doubles within half an hour. */
export function play({ rate, seconds, maxConcurrency, tableUnits }: Burst): {
  readonly longestWait: number;
  readonly over: number;
} {
  let waiting = 0;
  let longestWait = 0;
  let second = 0;
  for (let taken = tableUnits, full = 0; second < seconds || waiting > 0; second++) {
    if (second < seconds) waiting += rate;
    const passes = Math.min(maxConcurrency, quotas.pollers + quotas.pollersPerSecond * second);
    const done = Math.min(waiting, passes / assumed.passSeconds, taken / units);
    waiting -= done;
    longestWait = Math.max(longestWait, waiting / done);
    full = done * units >= taken ? full + 1 : 0;
    if (full === 1_800) [taken, full] = [Math.min(2 * taken, quotas.tableWrites), 0];
  }
  return { longestWait: Math.round(longestWait), over: second };
}

const burst = { rate: 1_000, seconds: 600 };
const settings = [
  ["as deployed, a new table", { ...burst, maxConcurrency: 100, tableUnits: quotas.newTableWrites }],
  [
    "`maxConcurrency: 400`, a new table",
    { ...burst, maxConcurrency: 400, tableUnits: quotas.newTableWrites },
  ],
  [
    "`maxConcurrency: 400`, a table warm for 20,000 units",
    { ...burst, maxConcurrency: 400, tableUnits: 20_000 },
  ],
] as const;

/** Of a limit; what is beyond it is said as such. */
const share = ({ load, limit }: Place): string =>
  load > limit ? `**${shown(load / limit)} times too much**` : `${Math.ceil((100 * load) / limit)} %`;

const minutes = (seconds: number): string =>
  seconds < 120 ? `${shown(seconds)} s` : `${shown(seconds / 60)} min`;

/** All tables of the page. */
export function tables(): readonly string[] {
  const ofLoads = loads.map(({ name, places }) =>
    [
      `| ${name} | There | Limit | Of it | Where it is not enough |`,
      "|---|---|---|---|---|",
      ...places.map(
        (place) =>
          `| ${place.where} | ${shown(place.load)} ${place.unit} | ${shown(place.limit)} | ${share(place)} | ${place.remedy} |`,
      ),
    ].join("\n"),
  );
  const ofBurst = [
    "| 1,000 starts a second for ten minutes | Longest wait for a start | All done after |",
    "|---|---|---|",
    ...settings.map(([name, given]) => {
      const { longestWait, over } = play(given);
      return `| ${name} | ${minutes(longestWait)} | ${minutes(over)} |`;
    }),
  ].join("\n");
  const runs = total(perMillion(tenAwaits));
  const prices = [
    "| What it costs | |",
    "|---|---|",
    `| 1,000,000 runs of ten awaits a day, a month | $${shown(30 * runs)} |`,
    `| 100,000 checkpoints of one run, ${passesOf} passes: write units, and its journal read by each | $${(
      (checkpoints * 0.625) / million + (passesOf * journalMb * 250 * 0.125) / million
    ).toFixed(3)} |`,
    `| A million sleeping runs rung for: ${readsOfRing} read unit and one ring each | $${(
      0.125 * readsOfRing + 3 * 0.4
    ).toFixed(2)} |`,
  ].join("\n");
  return [...ofLoads, ofBurst, prices];
}
