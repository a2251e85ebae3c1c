/** Temporary folders of lives: each begins with an empty one. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The temporary folders of a testkit. */
export class Temporary {
  #root: string | undefined;
  #last: string | undefined;
  readonly #atExit = (): void => this.remove();

  /** An empty folder: the last one, if nobody has put anything into it. */
  next(): string {
    if (this.#last !== undefined && isEmpty(this.#last)) return this.#last;
    if (this.#root === undefined) {
      this.#root = mkdtempSync(join(tmpdir(), "holdfast-testing-"));
      process.once("exit", this.#atExit);
    }
    this.#last = mkdtempSync(join(this.#root, "tmp-"));
    return this.#last;
  }

  remove(): void {
    process.off("exit", this.#atExit);
    // Code of a life that has ended may still be writing a file.
    if (this.#root !== undefined) rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
    this.#root = undefined;
    this.#last = undefined;
  }
}

function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}
