/** Several processes on one table: each call to DynamoDB waits until it is drawn, and a process may die with one. */
import { setImmediate as turn } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Turns without a call in the air after which nothing moves any more. */
const idleTurns = 8;

export class Gate {
  readonly #random: () => number;
  readonly #deaths: number;
  readonly #held: (() => void)[] = [];
  #flying = 0;
  /** Nobody is held back any more, and nobody dies. */
  isOpen = false;

  /** `deaths`: the part of the calls with which a process dies, before they are made or before their answer is there. */
  constructor(random: () => number, deaths: number) {
    this.#random = random;
    this.#deaths = deaths;
  }

  guard(client: DynamoDBClient): void {
    client.middlewareStack.add(
      (next) => async (args) => {
        if (!this.isOpen) await new Promise<void>((go) => this.#held.push(go));
        const dies = !this.isOpen && this.#random() < this.#deaths;
        if (dies && this.#random() < 1 / 2) return new Promise(() => {});
        this.#flying++;
        const answer = await next(args).finally(() => this.#flying--);
        return dies ? new Promise(() => {}) : answer;
      },
      { step: "initialize", name: "gate" },
    );
  }

  /** Is there a call in the air, or one that is held back? */
  get isBusy(): boolean {
    return this.#flying > 0 || this.#held.length > 0;
  }

  /** Lets one call through when nothing moves. False: none is held back. */
  async let(): Promise<boolean> {
    for (let idle = 0; idle < idleTurns; ) {
      await turn();
      idle = this.#flying === 0 ? idle + 1 : 0;
    }
    const [go] = this.#held.splice(Math.floor(this.#random() * this.#held.length), 1);
    go?.();
    return go !== undefined;
  }
}
