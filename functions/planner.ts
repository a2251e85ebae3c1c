/**
 * The Lambda function that looks ahead: it says what resuming a run would do, by having its journal played on the newest code, which
 * lies beside it, or on that of the version which the run is pinned to, as Lambda keeps it. And it says which tasks such a version has.
 *
 * The code is played in a process of its own, in a world that is closed and without this function's rights.
 *
 * Owns:      that process: when it is started, and when it ends.
 * Never:     writes anything: its role may read.
 * Invariant: a play that hangs, or dies, takes its process with it, and nothing else.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HoldfastError } from "../engine/errors.ts";
import type { JournalEntry, Spill, Store } from "../engine/ports.ts";
import { makeDynamoClient, makeS3Client } from "./aws/clients.ts";
import { dynamoStore } from "./aws/dynamo-store.ts";
import { s3Spill } from "./aws/s3-spill.ts";
import { secretsManagerSecrets, secretText } from "./aws/secrets.ts";
import { makeSecretsClient } from "./aws/secrets-client.ts";
import type { VersionCode } from "./aws/version-code.ts";
import { realChance, realClock } from "./clock.ts";
import { copyOf } from "./code-copy.ts";
import { isSameCode, publishedVersion } from "./code-version.ts";
import { childEnvironment, plannerConfig, versionEnvironment } from "./config.ts";
import type { AskedDeployments, Deployments, KnownDeployment } from "./deployments.ts";
import { withoutFiles } from "./file-limit.ts";
import { type Encryption, encryptionOf } from "./lazy-encryption.ts";
import { errorFields, type Log } from "./log.ts";
import { gone, type Planned, problemOf, type ToPlan } from "./plans/planned.ts";
import type { FromProcess, Question, ToProcess } from "./plans/play.ts";
import { type AskedTasks, type VersionTasks, versionTasks } from "./plans/version-tasks.ts";
import type { ProjectSecrets } from "./project-secrets.ts";
import { standardLog } from "./wire.ts";

/** A play that takes longer is given up: who asked waits for 29 s. */
const patienceMs = 20_000;
/** The process ends after so many plays: they leave things behind. */
const playsMax = 200;
/** As on one machine. */
const heapMb = 512;

/** What it is made of. */
export interface PlannerDeps {
  readonly store: Pick<Store, "read" | "journal" | "inbox">;
  readonly spill: Pick<Spill, "get">;
  readonly secrets: ProjectSecrets;
  /** The version of the code that lies beside it. */
  readonly codeVersion: string;
  /** Where that code lies. */
  readonly folder: string;
  /** The published versions of the dispatcher. */
  readonly deployments: Deployments;
  /** Fetches the code of a published version; undefined where it has gone. */
  readonly fetchVersion: (version: string) => Promise<VersionCode | undefined>;
  readonly encryption?: Pick<Encryption, "renew"> | undefined;
  /** Starts a process in which runs are played, with the variables of a version; undefined: with those that are here. */
  readonly start: (variables?: VersionCode["variables"]) => ChildProcess;
  readonly log: Pick<Log, "warn">;
  readonly patienceMs?: number;
}

async function journalOf(store: PlannerDeps["store"], runId: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (let more = true; more; ) {
    const page = await store.journal(runId, entries.at(-1)?.number ?? 0);
    entries.push(...page.entries);
    more = page.more && page.entries.length > 0;
  }
  return entries;
}

type Code = Pick<VersionCode, "folder"> & Partial<VersionCode>;

/** Plays on one code. */
class Plays {
  readonly #deps: PlannerDeps;
  readonly #code: Code;
  readonly #folders = new Map<string, string>();
  #child: ChildProcess | undefined;
  #plays = 0;

  constructor(deps: PlannerDeps, code: Code) {
    this.#deps = deps;
    this.#code = code;
  }

  /** Takes the code away. */
  remove(): void {
    this.#end();
    for (const folder of [this.#code.folder, ...this.#folders.values()])
      rmSync(folder, { recursive: true, force: true });
  }

  play(message: Extract<ToProcess, { kind: "play" }>): Promise<Planned> {
    const child = this.#atWork();
    const { runId } = message.asked;
    const limit = this.#deps.patienceMs ?? patienceMs;
    return new Promise((resolve) => {
      const over = (planned: Planned, isLost: boolean): void => {
        clearTimeout(timer);
        child.removeAllListeners("message");
        child.removeListener("exit", died);
        if (isLost || ++this.#plays >= playsMax) this.#end();
        resolve(planned);
      };
      const died = (): void => over(gone(runId, "the process that played it has died"), true);
      const timer = setTimeout(
        () => over(gone(runId, `it took longer than ${limit / 1_000} s`), true),
        limit,
      );
      child.on("message", (heard) => {
        const said = heard as FromProcess;
        if (said.kind === "planned") over(said.planned, false);
        else void this.#answer(child, said.number, said.question);
      });
      child.once("exit", died);
      child.send(message, () => {});
    });
  }

  async #answer(child: ChildProcess, number: number, question: Question): Promise<void> {
    const message = await this.#known(question).then(
      (answer): ToProcess => ({ kind: "answer", number, answer }),
      (error: unknown): ToProcess => {
        this.#deps.log.warn("A play was not told what it asked for", {
          of: question.of,
          ...errorFields(error),
        });
        return { kind: "answer", number, problem: error instanceof Error ? error.message : String(error) };
      },
    );
    if (child.connected) child.send(message, () => {});
  }

  async #known(question: Question): Promise<unknown> {
    const { store, spill, secrets } = this.#deps;
    if (question.of === "value") return spill.get(question.ref);
    if (question.of === "run") return store.read(question.runId);
    if (question.of === "current") return secrets.current();
    if (question.of === "values") return secrets.values(question.version);
    return this.#folder(question.version ?? "");
  }

  /** The first version of the secrets has the code as it lies there, each further one a copy. */
  #folder(version: string): string {
    const { folder } = this.#code;
    const known = this.#folders.get(version) ?? (this.#folders.size === 0 ? folder : copyOf(folder));
    this.#folders.set(version, known);
    return known;
  }

  #end(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
    this.#plays = 0;
  }

  #atWork(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = this.#deps.start(this.#code.variables);
    child.on("error", () => {});
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    this.#plays = 0;
    return child;
  }
}

/** The newest code, and of the others the one that was asked for last: there is not room for more. */
class Codes {
  readonly #deps: PlannerDeps;
  readonly #newest: Plays;
  #other: { readonly version: string; readonly plays: Plays } | undefined;

  constructor(deps: PlannerDeps) {
    this.#deps = deps;
    this.#newest = new Plays(deps, { folder: deps.folder });
  }

  /** @throws HoldfastError HF318 where the code has gone */
  async on({ runId, codeVersion }: ToPlan): Promise<Plays> {
    const { codeVersion: own, fetchVersion } = this.#deps;
    if (isSameCode(codeVersion, own.slice(own.lastIndexOf(".") + 1))) return this.#newest;
    const version = publishedVersion(codeVersion);
    if (this.#other !== undefined && this.#other.version === version) return this.#other.plays;
    const code = version === undefined ? undefined : await fetchVersion(version);
    if (version === undefined || code === undefined) {
      const what = `Run ${runId} is pinned to code version ${codeVersion}, which is not deployed any more.`;
      throw new HoldfastError(
        "HF318",
        what,
        `Put it on the newest code: holdfast resume ${runId} --code newest.`,
      );
    }
    this.#other?.plays.remove();
    this.#other = { version, plays: new Plays(this.#deps, code) };
    return this.#other.plays;
  }
}

type Asked = ToPlan | AskedTasks | AskedDeployments;
type Answer = Planned | VersionTasks | readonly KnownDeployment[];

/** The handler on these parts. */
export function planner(deps: PlannerDeps) {
  const codes = new Codes(deps);

  async function planned(asked: ToPlan): Promise<Planned> {
    const { runId } = asked;
    await deps.encryption?.renew();
    const run = await deps.store.read(runId);
    if (run === undefined) throw new HoldfastError("HF208", `There is no run ${runId}.`, "Check the id.");
    const [entries, inbox, plays] = await Promise.all([
      journalOf(deps.store, runId),
      deps.store.inbox(runId),
      codes.on(asked),
    ]);
    return plays.play({ kind: "play", asked, stored: { run, entries, inbox } });
  }

  return async (asked: Asked): Promise<Answer> => {
    if ("deployments" in asked) return deps.deployments();
    if ("tasksOf" in asked) return versionTasks(asked, deps.fetchVersion);
    const { runId } = asked;
    try {
      const answer = await planned(asked);
      // The words may be the author's, and are for who asked alone.
      if ("problem" in answer)
        deps.log.warn("No plan could be made", { runId, code: answer.problem.code ?? "HF228" });
      return answer;
    } catch (error) {
      deps.log.warn("No plan could be made", { runId, ...errorFields(error) });
      return problemOf(error);
    }
  };
}

async function wire(): Promise<PlannerDeps> {
  const config = plannerConfig();
  const client = makeSecretsClient();
  const encryption = await encryptionOf(config.encryptionId, (id) => secretText(client, id));
  const plain = {
    store: dynamoStore({ client: makeDynamoClient(), table: config.table, callsParked: false }),
    spill: s3Spill({ bucket: config.bucket, makeClient: makeS3Client, clock: realClock }),
    // Nobody is rung: nothing is written.
    doorbell: { ring: () => {} },
    clock: realClock,
    chance: realChance,
  };
  const { store, spill } = encryption?.ports(plain) ?? plain;
  // Plans on older code are rare.
  const lambda = async () => (await import("./aws/lambda-client.ts")).makeLambdaClient();
  const fetchVersion = async (version: string): Promise<VersionCode | undefined> =>
    (await import("./aws/version-code.ts")).versionCode(await lambda(), config.dispatcher, version);
  const deployments = async (): Promise<KnownDeployment[]> =>
    (await import("./aws/lambda-deployments.ts")).lambdaDeployments(await lambda(), config.dispatcher);
  const here = fileURLToPath(new URL(".", import.meta.url));
  const options = ["--enable-source-maps", `--max-old-space-size=${heapMb}`];
  const [command, args] = withoutFiles(process.execPath, [...options, join(here, "plan-process.mjs")]);
  const start = (variables?: VersionCode["variables"]): ChildProcess =>
    spawn(command, args, {
      env: childEnvironment(variables && versionEnvironment(variables)),
      // What the code prints was printed when it did what it tells.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
  return {
    ...{ store, spill, encryption, start },
    secrets: secretsManagerSecrets({ client, secretId: config.secretId, clock: realClock }),
    codeVersion: config.codeVersion,
    folder: join(here, ".."),
    fetchVersion,
    deployments,
    log: standardLog(),
  };
}

let wired: ReturnType<typeof planner> | undefined;

/** What Lambda calls. */
export async function handler(asked: Asked): Promise<Answer> {
  wired ??= planner(await wire());
  return wired(asked);
}
