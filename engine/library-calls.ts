/**
 * The library calls of one execution, and how far each of them has come.
 *
 * Owns:      the phase of a call.
 */
import type { LibraryCall } from "./library-call.ts";

export class LibraryCalls {
  readonly #calls = new Map<string, LibraryCall>();

  get(key: string): LibraryCall | undefined {
    return this.#calls.get(key);
  }

  has(key: string): boolean {
    return this.#calls.has(key);
  }

  /** Is it a unit, or may it still become one? A call that gave no promise is made in each pass, and so is what comes of it. */
  isUnit(key: string): boolean {
    const phase = this.#calls.get(key)?.phase;
    return phase !== undefined && phase !== "synchronous";
  }

  add(call: LibraryCall): void {
    this.#calls.set(call.key, call);
  }

  /** Is another call of the same object going on? What it looks like then is not the doing of this one alone. */
  isShared(key: string): boolean {
    const receiver = this.#calls.get(key)?.receiver;
    if (typeof receiver !== "object" || receiver === null) return false;
    return [...this.#calls.values()].some(
      (call) => call.key !== key && call.receiver === receiver && call.isGoingOn,
    );
  }

  /** The call is made now, or again. */
  calling(key: string): void {
    const call = this.#calls.get(key);
    if (call === undefined) return;
    call.begin();
    call.isCalling = true;
    call.frame.execution.context.writer.calling.add(key);
  }

  /** The library has given back control, with its promise or its value. */
  returned(key: string): void {
    const call = this.#calls.get(key);
    if (call === undefined) return;
    call.isCalling = false;
    call.frame.execution.context.writer.calling.delete(key);
  }

  /** The call waits for its next try. */
  rests(key: string): void {
    const call = this.#calls.get(key);
    if (call !== undefined) call.phase = "waiting";
  }

  /** Did this error come out of one of the call's invocations? */
  threw(key: string, error: unknown): boolean {
    const call = this.#calls.get(key);
    return call?.errors.has(error) === true && !call.isAtomic;
  }

  /** What a call's record says of it, if it counts as a whole: the try whose inside counts. */
  holds(key: string): { holds?: string } {
    const inside = this.#calls.get(key)?.inside;
    return inside === undefined ? {} : { holds: inside };
  }

  /** The call's record was delivered. */
  finished(key: string): void {
    const call = this.#calls.get(key);
    if (call !== undefined && call.phase !== "synchronous") call.phase = "settled";
  }

  /** A cancel settled the call: it makes no further invocations. */
  canceled(key: string): void {
    const call = this.#calls.get(key);
    if (call !== undefined) call.phase = "canceled";
  }

  /** Is a call without an open invocation going on? It is running; one whose invocations are blocked is not. */
  get hasBusy(): boolean {
    for (const call of this.#calls.values()) if (call.phase === "live" && call.open === 0) return true;
    return false;
  }

  /** Is a library's own call still going on? A suspend interrupts it. */
  get hasLive(): boolean {
    for (const call of this.#calls.values()) if (call.phase === "live") return true;
    return false;
  }
}
