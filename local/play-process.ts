/**
 * A process of its own in which journals are played, one thing at a time: the author's code runs there, in a world that is
 * closed.
 *
 * Owns:      the process: when it is started, and when it ends.
 * Invariant: a play that hangs, or dies, takes its process with it, and nothing else.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../engine/ports.ts";
import { withoutFiles } from "../functions/file-limit.ts";
import type { Environment } from "./config.ts";
import { entryFile } from "./entry-file.ts";
import { endGroup, hasGroups } from "./process-group.ts";

/** What a process is told: where everything is, and what it is asked. */
export interface ToPlay<Asked> {
  readonly dataFolder: string;
  readonly asked: Asked;
}

/** A play that takes longer is given up. */
const patienceMs = 30_000;
/** The process ends when it has had nothing to do for so long, or after so many plays: they leave things behind. */
const idleMs = 20_000;
const playsMax = 200;
const heapMb = 512;

/** What such a process needs. */
export interface PlayDeps {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly env: Environment;
}

/** Where plays are asked for. */
export class PlayProcess<Asked, Answer> {
  readonly #entry: Parameters<typeof entryFile>[0];
  readonly #deps: PlayDeps;
  #child: ChildProcess | undefined;
  #plays = 0;
  #cancelIdle = (): void => {};

  constructor(entry: Parameters<typeof entryFile>[0], deps: PlayDeps) {
    this.#entry = entry;
    this.#deps = deps;
  }

  /** Plays one thing; whoever asks waits for the answer before he asks again. Where there is none it says why. */
  ask(asked: Asked): Promise<{ readonly answer: Answer } | { readonly gone: string }> {
    this.#cancelIdle();
    const child = this.#childAtWork();
    const { dataFolder, clock } = this.#deps;
    return new Promise((resolve) => {
      const over = (outcome: { readonly answer: Answer } | { readonly gone: string }): void => {
        cancel();
        child.removeAllListeners("message");
        for (const end of ["exit", "error"]) child.removeListener(end, died);
        if ("gone" in outcome || ++this.#plays >= playsMax) this.end();
        else if (this.#child === child) this.#cancelIdle = clock.after(idleMs, () => this.end());
        resolve(outcome);
      };
      const died = (): void => over({ gone: "the process that played it has died" });
      const cancel = clock.after(patienceMs, () =>
        over({ gone: `it took longer than ${patienceMs / 1_000} s` }),
      );
      child.once("message", (answer) => over({ answer: answer as Answer }));
      for (const end of ["exit", "error"]) child.once(end, died);
      child.send({ dataFolder, asked } satisfies ToPlay<Asked>, () => {});
    });
  }

  end(): void {
    this.#cancelIdle();
    const pid = this.#child?.pid;
    this.#child = undefined;
    if (pid !== undefined) endGroup(pid);
  }

  #childAtWork(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const options = ["--enable-source-maps", `--max-old-space-size=${heapMb}`];
    const [command, args] = withoutFiles(process.execPath, [...options, entryFile(this.#entry)]);
    const child = spawn(command, args, {
      env: { ...this.#deps.env },
      // What the code prints was printed when it did what it tells.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      detached: hasGroups,
    });
    child.on("error", () => {});
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    this.#plays = 0;
    return child;
  }
}
