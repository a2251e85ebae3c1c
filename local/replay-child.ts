/**
 * The child process of `holdfast dev` in which finished runs are replayed: at the lowest priority, in a world that is closed.
 *
 * Owns:      this process: its reading of the store, the code that it has loaded, and its world.
 * Never:     writes to the store or the data folder; outlives the channel.
 */
import { existsSync } from "node:fs";
import { constants, setPriority } from "node:os";
import type { Ports, Spill } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import type { LoadedSecrets } from "../engine/secret-pin.ts";
import { codeOnSecrets } from "../functions/code-on-secrets.ts";
import type { SecretVersion } from "../functions/project-secrets.ts";
import { sealedPorts } from "../functions/sealed-ports.ts";
import { Vault } from "../functions/vault.ts";
import { type BundleManifest, keptManifest } from "./bundle-folder.ts";
import { realClock } from "./clock.ts";
import { databasePath } from "./data-folder.ts";
import { type Host, type Hosts, loadedHosts } from "./hosts.ts";
import { localSecrets } from "./local-secrets.ts";
import { closeWorld } from "./replay-check/closed-world.ts";
import type { Verdict } from "./replay-check/difference.ts";
import { mayBeChecked } from "./replay-check/finished-run.ts";
import type { Replayed, ReplayStart, ToReplay } from "./replay-check/messages.ts";
import { checked } from "./replay-check/replay.ts";
import type { Witness } from "./replay-check/witness.ts";
import { fileSpill } from "./spill.ts";
import { openSqliteReader, type SqliteReader } from "./sqlite-reader.ts";

/** Module state is another one the second time: a run that reads it shows then, if it does not the first time. */
const times = 2;

type Asked = NonNullable<ToReplay["check"]>;

/** A run that is none of those that are checked: nothing to tell. */
const passedOver: Verdict = { kind: "unchecked", because: "it is none of those that are checked" };

/** Replays runs of a data folder. */
class Replays {
  readonly #dataFolder: string;
  readonly #store: SqliteReader;
  readonly #hosts: Hosts;
  readonly #vault: Vault;
  readonly #spill: Spill;
  readonly #manifests = new Map<string, BundleManifest>();
  /** The one that goes on. */
  #witness: Witness | undefined;
  #refused: string | undefined;

  constructor({ dataFolder }: ReplayStart) {
    this.#dataFolder = dataFolder;
    this.#store = openSqliteReader(databasePath(dataFolder));
    this.#hosts = loadedHosts(dataFolder);
    this.#vault = new Vault(localSecrets(dataFolder, realClock()));
    this.#spill = fileSpill(dataFolder);
  }

  /** The author's code has reached for the outside. */
  refused(what: string): void {
    this.#refused = what;
    this.#witness?.stop(`${what} would reach out of the process`);
  }

  async check({ runId, codeVersion }: Asked): Promise<Replayed> {
    const run = this.#store.read(runId);
    const about = { runId, codeVersion, task: run?.task ?? "" };
    if (run === undefined || !mayBeChecked(run, codeVersion)) return { ...about, verdict: passedOver };
    this.#refused = undefined;
    try {
      const load = (secrets: SecretVersion): Promise<Host> => this.#hosts.get(codeVersion, secrets);
      const { code, secrets } = await codeOnSecrets(this.#vault, run, load);
      return { ...about, verdict: await this.#replayed(run, code, secrets) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const because =
        this.#refused === undefined ? why : `its files call ${this.#refused} when they are loaded`;
      return { ...about, verdict: { kind: "unchecked", because, isTold: true } };
    }
  }

  async #replayed(run: Run, host: Host, secrets: LoadedSecrets): Promise<Verdict> {
    if (host.machineOf?.(run) !== undefined) return passedOver;
    const manifest = this.#manifestOf(run.codeVersion);
    const finished = { run, entries: this.#store.journal(run.id) };
    const pass = (ports: Ports, runId: string) =>
      host.runPass(sealedPorts(ports, this.#vault), {
        ...{ runId, owner: "replay", secrets },
        // It is told to leave before it begins: what has no record is not begun.
        signal: AbortSignal.abort(),
        print: () => {},
      });
    const begun = (witness: Witness): void => {
      this.#witness = witness;
    };
    const names = (id: string): string | undefined => manifest.sites[id]?.name;
    const isAway = (path: string): boolean => !existsSync(path);
    let verdict: Verdict = { kind: "same" };
    for (let time = 0; time < times && verdict.kind === "same"; time++)
      verdict = await checked(finished, { pass, spill: this.#spill, names, isAway, begun });
    this.#witness = undefined;
    return placed(verdict, run.task, manifest);
  }

  #manifestOf(codeVersion: string): BundleManifest {
    const manifest = this.#manifests.get(codeVersion) ?? keptManifest(this.#dataFolder, codeVersion);
    this.#manifests.set(codeVersion, manifest);
    return manifest;
  }
}

/** An end has no place of its own: it is the task's. */
function placed(verdict: Verdict, task: string, { tasks }: BundleManifest): Verdict {
  const at = tasks.find(({ id }) => id === task);
  if (verdict.kind !== "differs" || verdict.difference.place !== undefined || at === undefined)
    return verdict;
  const place = { name: `task "${task}"`, at: `${at.file}:${at.line}` };
  return { ...verdict, difference: { ...verdict.difference, place } };
}

// Only the process that the supervisor made answers: whoever imports this file by mistake goes on as before.
if (process.send !== undefined) {
  const send = process.send.bind(process);
  const exit = process.exit.bind(process);
  process.on("disconnect", () => exit());
  // Whatever the author's code throws where nobody waits for it: it is not to end this process.
  process.on("uncaughtException", () => {});
  process.on("unhandledRejection", () => {});
  setPriority(constants.priority.PRIORITY_LOW);
  let replays: Replays | undefined;
  process.on("message", async (message) => {
    const { start, check } = message as ToReplay;
    if (start !== undefined) {
      const opened = new Replays(start);
      replays = opened;
      closeWorld((what) => opened.refused(what));
    }
    if (check !== undefined && replays !== undefined) send(await replays.check(check));
  });
}
