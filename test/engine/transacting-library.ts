/**
 * A database in memory with transactions: what a connection has not committed is gone with the process that had it. Its
 * sequence goes on whatever is rolled back, as those of real ones do.
 */
import type { World } from "./world.ts";

interface Row {
  readonly id: number;
  readonly text: string;
}

export class Database {
  readonly committed: Row[] = [];
  /** Everything that a connection was asked, in order. */
  readonly asked: string[] = [];
  /** Statements to fail, each once. */
  readonly failing: string[] = [];
  #sequence = 0;
  readonly #world: () => World;

  constructor(world: () => World) {
    this.#world = world;
  }

  connect(): Connection {
    const crashes = this.#world().crashes;
    return new Connection(this, () => this.#world().crashes > crashes);
  }

  next(): number {
    return ++this.#sequence;
  }
}

/** Each statement takes a turn; what a dead process asked is answered never. */
export class Connection {
  readonly #database: Database;
  readonly #isDead: () => boolean;
  #rows: Row[] | undefined;
  #isFailed = false;
  readonly query: (sql: string) => Promise<{ rows: Row[] }>;

  constructor(database: Database, isDead: () => boolean) {
    this.#database = database;
    this.#isDead = isDead;
    this.query = (sql) => this.#ask(sql);
  }

  async #ask(sql: string): Promise<{ rows: Row[] }> {
    const { committed, asked, failing } = this.#database;
    if (this.#isDead()) return new Promise(() => {});
    asked.push(sql);
    const at = failing.indexOf(sql);
    if (at >= 0) {
      failing.splice(at, 1);
      this.#isFailed = true;
      throw new Error(`${sql} failed`);
    }
    if (sql === "BEGIN") this.#rows = [];
    else if (sql === "COMMIT") committed.push(...this.#end(this.#isFailed));
    else if (sql === "ROLLBACK") this.#end(true);
    else {
      if (this.#rows !== undefined && this.#isFailed) throw new Error("The transaction is aborted");
      const row = { id: this.#database.next(), text: sql };
      (this.#rows ?? committed).push(row);
      return { rows: [row] };
    }
    return { rows: [] };
  }

  #end(isLost: boolean): Row[] {
    const rows = isLost ? [] : (this.#rows ?? []);
    this.#rows = undefined;
    this.#isFailed = false;
    return rows;
  }

  beginTransaction = (): Promise<unknown> => this.query("BEGIN");
  commit = (): Promise<unknown> => this.query("COMMIT");
  rollback = (): Promise<unknown> => this.query("ROLLBACK");

  /** As of a session: the beginning and the end are the session's own business until something is asked. */
  startTransaction(): void {
    if (this.#rows !== undefined) throw new Error("Transaction already in progress");
    this.#rows = [];
  }

  commitTransaction = (): Promise<unknown> => this.query("COMMIT");
  release(): void {
    if (this.#rows !== undefined) this.#end(true);
  }
}
