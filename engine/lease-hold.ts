/**
 * Holds a pass's lease: renews it, and knows by the pass's own clock whether it is still held.
 *
 * Invariant: H1 with a margin for skew, `isHeld` turns false before anybody else can claim the run.
 *            Late is lost: what was left out meanwhile cannot be told from what never was.
 *            H2 where a lease is its process's life there is nothing to renew.
 *            H3 a ring may reach another process than the one at work: what others tell the run is heard by the renewal.
 */

import { type Lease, renew, type Shown } from "./head-write.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./run.ts";

/** Clocks of two machines may differ by this much. */
const skewMs = 5_000;

export class LeaseHold {
  readonly #ports: Ports;
  readonly #lease: Lease;
  readonly #leaseMs: number | undefined;
  readonly #lost: () => void;
  readonly #heard: (head: Run) => void;
  readonly #fields: () => Promise<Shown>;
  #until: number | undefined;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(
    ports: Ports,
    run: Run,
    lease: Lease,
    leaseMs: number | undefined,
    lost: () => void,
    heard: (head: Run) => void,
    fields: () => Promise<Shown>,
  ) {
    this.#ports = ports;
    this.#lease = lease;
    this.#leaseMs = leaseMs;
    this.#until = run.leaseUntil;
    this.#lost = lost;
    this.#heard = heard;
    this.#fields = fields;
  }

  get isHeld(): boolean {
    return this.#until === undefined || this.#ports.clock.now() < this.#until - skewMs;
  }

  /** Renews the lease each third of its length, until `stop`. */
  keep(): void {
    if (this.#leaseMs !== undefined) this.#again(this.#leaseMs / 3);
  }

  #again(ms: number): void {
    if (!this.#isStopped) this.#cancel = this.#ports.clock.after(ms, () => this.#renew());
  }

  #renew(): void {
    const leaseMs = this.#leaseMs ?? 0;
    const now = this.#ports.clock.now();
    const write = async () =>
      this.#ports.store.write(
        this.#lease.runId,
        renew(this.#lease, now, now + leaseMs, await this.#fields()),
      );
    write().then(
      ({ applied, run }) => {
        if (this.#isStopped) return;
        if (!applied || !this.isHeld) return this.#lost();
        this.#until = now + leaseMs;
        if (run !== undefined) this.#heard(run);
        this.#again(leaseMs / 3);
      },
      () => this.#again(leaseMs / 10),
    );
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }
}
