/** What a run writes, partition by partition, in write units: counted on Amazon's DynamoDB by `test/aws-adapters/scale-counts.test.ts`. */

/** Write units, by where they go. */
export interface Units {
  /** The run's own partition. */
  readonly run?: number;
  /** One of eight partitions of the index by time. */
  readonly wake?: number;
  /** One of four partitions of the list. */
  readonly list?: number;
  /** The partition of its queue, where that has a limit. */
  readonly queue?: number;
}

/** What happens to a run. */
export const counted = {
  start: { run: 1, list: 1 },
  claim: { run: 1 },
  checkpoint: { run: 1 },
  /** The first time. */
  putAway: { run: 1, wake: 1 },
  end: { run: 1 },
  /** Of a run that was put away, or took longer than a third of a lease. */
  laterEnd: { run: 1, wake: 1 },
  /** With a free slot: taken, given back. */
  slot: { queue: 3 },
  /** Without one: noted as waiting, called by who gives a slot back, taken, given back. */
  awaitedSlot: { queue: 7 },
} as const satisfies Readonly<Record<string, Units>>;

/** Read units of a tick for a run that it rings for. */
export const readsOfRing = 1;
