/** The temporary folder of lives: always at the same path, as on one machine and in AWS, and empty when one begins. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The temporary folder of a testkit. */
export class Temporary {
  #root: string | undefined;
  #lives = 0;
  readonly #atExit = (): void => this.remove();

  /** The folder, empty. */
  next(): string {
    if (this.#root === undefined) {
      this.#root = mkdtempSync(join(tmpdir(), "holdfast-testing-"));
      process.once("exit", this.#atExit);
    }
    const folder = join(this.#root, "tmp");
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length === 0) return folder;
    // Moved, not removed: files that code of a life that has ended still holds open are no business of the next.
    renameSync(folder, join(this.#root, `ended-${++this.#lives}`));
    mkdirSync(folder);
    return folder;
  }

  remove(): void {
    process.off("exit", this.#atExit);
    // Code of a life that has ended may still be writing a file.
    if (this.#root !== undefined) rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
    this.#root = undefined;
  }
}
