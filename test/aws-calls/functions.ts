/**
 * The processes of the functions, as Lambda keeps them: one event at a time, made when none is idle, kept for the next.
 *
 * Owns:      which versions of the code there are. Events go to the newest, but for those that name a version.
 */
import type { Ports } from "../../engine/ports.ts";
import type { Caller } from "../aws/proxy.ts";
import type { PlayedClock } from "./clock.ts";
import { PlayedProcess } from "./process.ts";
import type { Stage } from "./stage.ts";
import type { PlayedCode, Surroundings } from "./surroundings.ts";
import type { WorldOptions } from "./world.ts";

type Role = "Api" | "Dispatcher" | "Timer" | "Observer";

/** What they are made of. */
interface Parts extends Pick<Surroundings, "stores" | "moved" | "print"> {
  readonly stage: Stage;
  readonly clock: PlayedClock;
  readonly random: () => number;
  readonly code: PlayedCode;
  readonly options: WorldOptions;
}

/** The processes of one play. */
export class PlayedFunctions {
  /** Events that are being answered. */
  open = 0;
  readonly #parts: Parts;
  readonly #versions = new Map<string, PlayedCode>();
  readonly #processes = new Set<PlayedProcess>();
  readonly #roles = new Map<PlayedProcess, Role>();
  readonly #idle: PlayedProcess[] = [];
  readonly #forget: (() => void)[] = [];
  #newest: PlayedCode;
  #made = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#newest = parts.code;
    this.deploy(parts.code);
  }

  deploy(code: PlayedCode): void {
    this.#newest = code;
    this.#versions.set(code.version, code);
  }

  remove(version: string): void {
    this.#versions.delete(version);
  }

  has(version: string): boolean {
    return this.#versions.has(version);
  }

  /** Calls to AWS under way. */
  get calls(): number {
    return [...this.#processes].reduce((sum, { busy }) => sum + busy, 0);
  }

  /** Every dispatcher that is at work. */
  get dispatchers(): readonly PlayedProcess[] {
    return [...this.#processes].filter(
      (each) => this.#roles.get(each) === "Dispatcher" && !each.isDead && !this.#idle.includes(each),
    );
  }

  /** Gives an event to a process of a function; of the newest code if no version is named. */
  async use<T>(
    role: Role,
    work: (process: PlayedProcess) => Promise<T>,
    version = this.#newest.version,
  ): Promise<T> {
    const fits = (each: PlayedProcess): boolean => this.#roles.get(each) === role && each.version === version;
    const at = this.#idle.findIndex(fits);
    const process =
      at < 0 ? this.make(role, this.#versions.get(version)) : (this.#idle.splice(at, 1)[0] as PlayedProcess);
    this.open++;
    try {
      return await work(process);
    } finally {
      this.open--;
      this.#parts.clock.activity++;
      if (!process.isDead) this.#idle.push(process);
    }
  }

  /** Ends every process. */
  close(): void {
    for (const process of this.#processes) process.kill();
    for (const process of this.#processes) process.close();
    for (const forget of this.#forget) forget();
  }

  make(role: Role, code = this.#newest): PlayedProcess {
    const { stage, clock, random, options, stores, moved, print } = this.#parts;
    const { region, proxy, table, bucket, secretId, doorbellUrl, deadLetterUrl, lostRingsUrl } = stage;
    const accessKey = `ASIA${role.toUpperCase()}${++this.#made}X${Math.floor(random() * 1e9)}`;
    const process = new PlayedProcess({
      ...{ region, table, bucket, secretId, doorbellUrl, deadLetterUrl, lostRingsUrl, accessKey },
      ...{ clock, code, stores, moved, functionName: stage.functionName },
      chance: this.#chance(),
      endpoint: proxy.url,
      tries: options.tries ?? "as deployed",
      callsParked: role === "Dispatcher",
      skewMs: (options.skewMs ?? 0) * (this.#made % 2 === 0 ? 1 : -1),
      freezesFor: () => (role === "Dispatcher" ? options.freezesFor?.() : undefined),
      print: (line) => print(`${accessKey} ${line}`),
    });
    const caller: Caller = {
      name: role,
      role: stage.role(role === "Observer" ? "Dispatcher" : role),
      session: role,
      kill: () => process.kill(),
    };
    this.#forget.push(proxy.know(accessKey, caller));
    this.#processes.add(process);
    this.#roles.set(process, role);
    return process;
  }

  #chance(): Ports["chance"] {
    const { random } = this.#parts;
    const letter = (): string => Math.floor(random() * 36).toString(36);
    return {
      id: (prefix) => prefix + Array.from({ length: 24 }, letter).join(""),
      fraction: random,
    };
  }
}
