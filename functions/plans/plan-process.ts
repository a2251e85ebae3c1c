/**
 * The process in which the planner's function has runs played, on the tasks' code, in a world that is closed.
 *
 * Never:     has a right in AWS: what it has to know it asks the function. Outlives the channel.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Stopping } from "../../engine/onlooker.ts";
import type { ResumePlan } from "../../engine/plan.ts";
import { planOf } from "../../engine/planning.ts";
import type { Run } from "../../engine/run.ts";
import type * as host from "../../sdk/host.ts";
import { realChance, realClock } from "../clock.ts";
import { closeWorld } from "../closed-world.ts";
import { codeOnSecrets } from "../code-on-secrets.ts";
import { hearOfFiles } from "../file-limit.ts";
import type { SecretVersion } from "../project-secrets.ts";
import { sealedPorts } from "../sealed-ports.ts";
import { giveSecrets } from "../secret-process.ts";
import { Vault } from "../vault.ts";
import { problemOf, reachesOut } from "./planned.ts";
import type { FromProcess, Question, ToProcess } from "./play.ts";

type Code = Pick<typeof host, "describeTasks" | "runPass" | "wakePass">;
type Play = Extract<ToProcess, { kind: "play" }>;

class PlanProcess {
  readonly #send: (message: FromProcess) => void;
  readonly #waiting = new Map<number, (answer: Extract<ToProcess, { kind: "answer" }>) => void>();
  readonly #codes = new Map<string, Promise<Code>>();
  readonly #vault: Vault;
  #asked = 0;
  #play: Stopping | undefined;
  #refused: string | undefined;

  constructor(send: (message: FromProcess) => void) {
    this.#send = send;
    this.#vault = new Vault({
      current: () => this.#ask<string | undefined>({ of: "current" }),
      values: (version) => this.#ask<SecretVersion>({ of: "values", version }),
    });
    closeWorld((what) => {
      this.#refused = what;
      this.#play?.stop(`${what} would reach out of the process`);
    });
    hearOfFiles(() => {
      this.#refused ??= "what writes a file";
      this.#play?.stopBehind("it would write a file");
    });
  }

  hear(message: ToProcess): void {
    if (message.kind === "answer") this.#waiting.get(message.number)?.(message);
    else
      this.#planned(message).then(
        (plan) => this.#send({ kind: "planned", planned: { plan } }),
        (error: unknown) => this.#send({ kind: "planned", planned: problemOf(error) }),
      );
  }

  #ask<T>(question: Question): Promise<T> {
    const number = ++this.#asked;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(number, ({ answer, problem }) => {
        this.#waiting.delete(number);
        if (problem === undefined) resolve(answer as T);
        else reject(new Error(problem));
      });
      this.#send({ kind: "question", number, question });
    });
  }

  /** The code, loaded with these secrets: a module is loaded again only from another place. */
  #load({ version, values }: SecretVersion): Promise<Code> {
    const known = this.#codes.get(version ?? "");
    if (known !== undefined) return known;
    const code = this.#ask<string>({ of: "folder", version }).then(async (folder) => {
      giveSecrets(pathToFileURL(`${folder}/`).href, values);
      return (await import(pathToFileURL(join(folder, "tasks.mjs")).href)) as Code;
    });
    this.#codes.set(version ?? "", code);
    code.catch(() => this.#codes.delete(version ?? ""));
    return code;
  }

  async #planned({ asked, stored }: Play): Promise<ResumePlan> {
    this.#refused = undefined;
    const { code, secrets } = await codeOnSecrets(this.#vault, stored.run, (version) =>
      this.#load(version),
    ).catch((error: unknown) => {
      throw this.#refused === undefined ? error : reachesOut(this.#refused);
    });
    try {
      return await planOf(stored, asked, {
        // Told to leave before it begins: what has no record is not begun.
        pass: (ports, runId) =>
          code.runPass(sealedPorts(ports, this.#vault), {
            ...{ runId, owner: "plan", secrets, signal: AbortSignal.abort() },
            print: () => {},
          }),
        wake: (runId) => code.wakePass(runId),
        spill: { get: (ref) => this.#ask<string>({ of: "value", ref }) },
        others: (runId) => this.#ask<Run | undefined>({ of: "run", runId }),
        clock: realClock,
        chance: realChance,
        begun: (play) => {
          this.#play = play;
        },
      });
    } finally {
      this.#play = undefined;
    }
  }
}

if (process.send !== undefined) {
  const send = process.send.bind(process);
  const exit = process.exit.bind(process);
  process.on("disconnect", () => exit());
  // Whatever the author's code throws where nobody waits for it: it is not to end this process.
  process.on("uncaughtException", () => {});
  process.on("unhandledRejection", () => {});
  const plans = new PlanProcess((message) => void send(message));
  process.on("message", (message) => plans.hear(message as ToProcess));
}
