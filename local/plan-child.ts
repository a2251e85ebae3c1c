/**
 * The child process in which runs are played on the code that they would go on with: nothing is made, in a world that is closed.
 *
 * Owns:      this process: its reading of the store, the code that it has loaded, and its world.
 * Never:     writes to the store or the data folder; outlives the channel.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { ResumePlan } from "../engine/plan.ts";
import { type PlanningDeps, planOf } from "../engine/planning.ts";
import type { Ports } from "../engine/ports.ts";
import { codeOnSecrets } from "../functions/code-on-secrets.ts";
import { sealedPorts } from "../functions/sealed-ports.ts";
import { Vault } from "../functions/vault.ts";
import { realChance, realClock } from "./clock.ts";
import { databasePath } from "./data-folder.ts";
import { type Host, type Hosts, loadedHosts } from "./hosts.ts";
import { localSecrets } from "./local-secrets.ts";
import type { Planned, ToPlan, ToPlanner } from "./plan-desk.ts";
import { closeWorld } from "./replay-check/closed-world.ts";
import { fileSpill } from "./spill.ts";
import { openSqliteReader, type SqliteReader } from "./sqlite-reader.ts";

/** Plans resumes of runs of a data folder. */
class Planner {
  readonly #store: SqliteReader;
  readonly #hosts: Hosts;
  readonly #vault: Vault;
  readonly #dataFolder: string;
  /** Stops the look ahead that goes on. */
  #stop: ((because: string) => void) | undefined;
  #refused: string | undefined;

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
    this.#store = openSqliteReader(databasePath(dataFolder));
    this.#hosts = loadedHosts(dataFolder);
    this.#vault = new Vault(localSecrets(dataFolder, realClock()));
  }

  /** The author's code has reached for the outside. */
  refused(what: string): void {
    this.#refused = what;
    this.#stop?.(`${what} would reach out of the process`);
  }

  async plan({ runId, codeVersion, decided }: ToPlan): Promise<ResumePlan> {
    const run = this.#store.read(runId);
    if (run === undefined) throw new HoldfastError("HF208", `There is no run ${runId}.`, "Check the id.");
    this.#refused = undefined;
    const load = (secrets: Parameters<Hosts["get"]>[1]): Promise<Host> =>
      this.#hosts.get(codeVersion, secrets);
    const { code, secrets } = await codeOnSecrets(this.#vault, run, load).catch((error: unknown) => {
      if (this.#refused === undefined) throw error;
      const what = `The task files call ${this.#refused} when they are loaded: nothing can be looked ahead with them.`;
      throw new HoldfastError("HF228", what, "Move that into the task, or resume without a plan.");
    });
    const deps: PlanningDeps = {
      pass: (ports: Ports, id) =>
        code.runPass(sealedPorts(ports, this.#vault), {
          ...{ runId: id, owner: "plan", secrets },
          // It is told to leave before it begins: what has no record is not begun.
          signal: AbortSignal.abort(),
          print: () => {},
        }),
      wake: (id) => code.wakePass(id),
      spill: fileSpill(this.#dataFolder),
      others: async (id) => this.#store.read(id),
      clock: realClock(),
      chance: realChance(),
      begun: (stop) => {
        this.#stop = stop;
      },
    };
    const stored = { run, entries: this.#store.journal(runId), inbox: this.#store.inbox(runId) };
    const plan = await planOf(stored, { codeVersion, decided }, deps);
    this.#stop = undefined;
    return plan;
  }
}

function problemOf(error: unknown): Planned {
  const what = error instanceof Error ? error.message : String(error);
  if (!(error instanceof HoldfastError)) return { problem: { what, fix: "Resume the run without a plan." } };
  const { code, fix } = error;
  // A message repeats both.
  return { problem: { code, fix, what: what.replace(`${code} `, "").replace(fix, "").trim() } };
}

// Only the process that the supervisor made answers: whoever imports this file by mistake goes on as before.
if (process.send !== undefined) {
  const send = process.send.bind(process);
  const exit = process.exit.bind(process);
  process.on("disconnect", () => exit());
  // Whatever the author's code throws where nobody waits for it: it is not to end this process.
  process.on("uncaughtException", () => {});
  process.on("unhandledRejection", () => {});
  let planner: Planner | undefined;
  process.on("message", async (message) => {
    const { dataFolder, plan } = message as ToPlanner;
    if (planner === undefined) {
      const opened = new Planner(dataFolder);
      planner = opened;
      closeWorld((what) => opened.refused(what));
    }
    send(await planner.plan(plan).then((made): Planned => ({ plan: made }), problemOf));
  });
}
