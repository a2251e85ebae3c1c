/**
 * A Lambda function's process, played in this one: its clients, its ports, its handler, and its death at any call.
 *
 * Owns:      what a dead process can still do: nothing. Its calls, timers and turns never come back.
 * Invariant: the handlers and adapters are those that are deployed; only time, chance and the author's bundle are given.
 */
import type { Ports } from "../../engine/ports.ts";
import { api } from "../../functions/api.ts";
import { makeDynamoClient, makeS3Client, makeSqsClient } from "../../functions/aws/clients.ts";
import { dynamoQueues } from "../../functions/aws/dynamo-queues.ts";
import { dynamoSchedules } from "../../functions/aws/dynamo-schedules.ts";
import { type DynamoStore, dynamoStore } from "../../functions/aws/dynamo-store.ts";
import { type HandOff, lambdaHandOff } from "../../functions/aws/hand-off.ts";
import { makeLambdaClient } from "../../functions/aws/lambda-client.ts";
import { sqsLostRings, sqsSender } from "../../functions/aws/queues.ts";
import { s3Bin } from "../../functions/aws/s3-bin.ts";
import { s3Spill } from "../../functions/aws/s3-spill.ts";
import { secretsManagerSecrets } from "../../functions/aws/secrets.ts";
import { makeSecretsClient } from "../../functions/aws/secrets-client.ts";
import { sqsDoorbell } from "../../functions/aws/sqs-doorbell.ts";
import { type DelayedDoorbell, ringAhead, ringFor } from "../../functions/bell.ts";
import { letters } from "../../functions/dead-letter.ts";
import { deployedCode } from "../../functions/deployed-code.ts";
import { type DispatchEvent, dispatcher, type Failures } from "../../functions/dispatch.ts";
import { foundDeliveries } from "../../functions/found-deliveries.ts";
import { foundLogs } from "../../functions/found-lines.ts";
import type { HttpEvent, HttpResult } from "../../functions/http.ts";
import { jsonLog } from "../../functions/log.ts";
import { timer } from "../../functions/timer.ts";
import { watchedStore } from "../../functions/watched-store.ts";
import { tellOfLostRings } from "../../functions/wire.ts";
import { describeQueues, runPass, taskQueues } from "../../sdk/host.ts";
import { emptyLog } from "../functions/played-log.ts";
import { atWork } from "./outside.ts";
import type { Surroundings } from "./surroundings.ts";

/** The hash of a version's code. */
const hashOf = (version: string): string => `feedfeedfeed${version}`;
const limitMs = 900_000;

const never = new Promise<never>(() => {});

interface Sender {
  send(command: never): Promise<unknown>;
  destroy(): void;
}

/** A process of one of the functions. */
export class PlayedProcess {
  /** Calls to AWS under way. */
  busy = 0;
  isDead = false;
  readonly store: DynamoStore;
  readonly #around: Surroundings;
  readonly #clients: Sender[] = [];
  readonly #bell: DelayedDoorbell;
  readonly #ports: Ports;
  readonly #secrets: ReturnType<typeof secretsManagerSecrets>;
  readonly #log;
  readonly #lostRings;
  readonly #bin;
  #die: () => void = () => {};
  readonly #death = new Promise<"killed">((resolve) => {
    this.#die = () => resolve("killed");
  });
  readonly #schedules;
  readonly #queues;
  #api: ReturnType<typeof api> | undefined;
  #dispatcher: ReturnType<typeof dispatcher> | undefined;
  #timer: ReturnType<typeof timer> | undefined;
  #requests = 0;
  /** Resolves when the process is thawed; undefined: it is not frozen. */
  #ice: Promise<void> | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    const clock = this.#clock();
    const sqs = this.#mortal(makeSqsClient(this.#settings()));
    this.#log = jsonLog(around.print, () => clock.now());
    const onLost = tellOfLostRings(this.#log);
    this.#bell = sqsDoorbell({ client: sqs, queueUrl: around.doorbellUrl, clock, onLost });
    const { table, callsParked } = around;
    const pause = (ms: number): Promise<void> => new Promise((done) => void clock.after(ms, done));
    const client = this.#mortal(makeDynamoClient(this.#settings()));
    const dynamo = dynamoStore({ client, table, pause, callsParked });
    const plain: DynamoStore = {
      ...dynamo,
      create(run, key) {
        around.stores(run.id);
        return dynamo.create(run, key);
      },
    };
    this.#schedules = dynamoSchedules({ client, table });
    this.#queues = dynamoQueues({ client, table, pause, callsParked });
    this.store = watchedStore(
      plain,
      (run) => ringAhead(this.#bell, run),
      (runId, at) => ringFor(this.#bell, runId, at),
    );
    const secretsClient = this.#mortal(makeSecretsClient(this.#settings()));
    this.#secrets = secretsManagerSecrets({ client: secretsClient, secretId: around.secretId, clock });
    this.#lostRings = sqsLostRings({ client: sqs, queueUrl: around.lostRingsUrl });
    const makeClient = async () => this.#mortal(await makeS3Client(this.#settings()));
    this.#bin = s3Bin({ bucket: around.bucket, makeClient, clock });
    this.#ports = {
      store: this.store,
      doorbell: this.#bell,
      spill: s3Spill({ bucket: around.bucket, makeClient, clock }),
      clock,
      chance: around.chance,
      deadLetters: letters(sqsSender({ client: sqs, queueUrl: around.deadLetterUrl }), this.#log),
    };
  }

  get version(): string {
    return this.#around.code.version;
  }

  /** Ends it at once. */
  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.busy = 0;
    this.#die();
    this.#around.moved();
  }

  /** Stops it for so long: nothing of it goes on, and what it asked for is answered when it is thawed. */
  freeze(ms: number): void {
    this.#ice = new Promise((thaw) => {
      this.#around.clock.after(ms, () => {
        this.#ice = undefined;
        thaw();
      });
    });
  }

  /** Closes its connections. */
  close(): void {
    for (const client of this.#clients) client.destroy();
  }

  /** One request of an HTTP API. */
  answer(event: HttpEvent): Promise<HttpResult | "killed"> {
    const { deadLetters: _, ...ports } = this.#ports;
    this.#api ??= api({
      ports,
      bell: this.#bell,
      secrets: this.#secrets,
      newestSecrets: this.#secrets.current,
      code: this.#code(),
      schedules: this.#schedules,
      queues: this.#queues,
      logs: foundLogs("/aws/lambda/dispatcher", emptyLog, ports.clock.now),
      deliveries: foundDeliveries("/aws/lambda/api", emptyLog, 30, ports.clock.now),
      stage: "Orders",
      linkTo: () => Promise.reject(new Error("No value here needs a link.")),
      deployments: async () => [],
      erasing: { store: this.store, values: this.#bin, remains: [] },
      log: this.#log,
    });
    return Promise.race([this.#api(event), this.#death]);
  }

  /** One event: rings, as the event source hands them over, or one ring that another version hands over. */
  dispatch(event: DispatchEvent): Promise<Failures | undefined | "killed"> {
    const { clock } = this.#around;
    const until = clock.now() + limitMs;
    this.#requests += 1;
    const invocation = {
      awsRequestId: `${this.#around.accessKey}-${this.#requests}`,
      getRemainingTimeInMillis: () => until - clock.now(),
    };
    this.#dispatcher ??= dispatcher(this.#dispatcherDeps());
    const handler = this.#dispatcher;
    return Promise.race([atWork.run(this, () => handler(event, invocation)), this.#death]);
  }

  /** One beat of the timer. */
  tick(): Promise<unknown> {
    const { clock, chance } = this.#ports;
    const metrics = { namespace: "Holdfast/Stage", project: "Stage", perTask: false };
    this.#timer ??= timer({
      ...{ store: this.store, clock, chance, schedules: this.#schedules, code: this.#code(), metrics },
      ...{ bell: this.#bell, lostRings: this.#lostRings, tickMs: 60_000, log: this.#log },
    });
    return Promise.race([this.#timer(), this.#death]);
  }

  #code() {
    const { version, tasks } = this.#around.code;
    const manifest = { tasks: tasks.map((task) => ({ file: "tasks/all.ts", ...task })), sites: {} };
    return deployedCode(manifest, `${version}.${hashOf(version)}`);
  }

  #dispatcherDeps(): Parameters<typeof dispatcher>[0] {
    return {
      ports: this.#ports,
      bell: this.#bell,
      runPass,
      claimUnseen: this.store.claimUnseen,
      queues: taskQueues,
      limits: describeQueues(),
      handOff: this.#handOff(),
      codeVersion: hashOf(this.version),
      version: this.version,
      leaseMs: 30_000,
      leaveAfterMs: 300_000,
      print: () => {},
      log: this.#log,
    };
  }

  /** Its client is made with the first hand-over, as in the deployed function. */
  #handOff(): HandOff {
    let made: HandOff | undefined;
    return {
      handOff: (runId, version) => {
        const { functionName } = this.#around;
        made ??= lambdaHandOff({ client: this.#mortal(makeLambdaClient(this.#settings())), functionName });
        return made.handOff(runId, version);
      },
    };
  }

  #clock(): Ports["clock"] {
    const { clock, skewMs } = this.#around;
    const whileAlive = (fn: () => void) => () => {
      if (this.#ice !== undefined) this.#ice.then(whileAlive(fn));
      else if (!this.isDead) atWork.run(this, fn);
    };
    return {
      now: () => clock.now() + skewMs,
      after: (ms, fn) => clock.after(ms, whileAlive(fn)),
      turn: (fn) => clock.turn(whileAlive(fn)),
    };
  }

  #settings() {
    const { endpoint, region, accessKey, tries } = this.#around;
    const credentials = { accessKeyId: accessKey, secretAccessKey: "none" };
    return { endpoint, region, credentials, ...(tries === "once" ? { maxAttempts: 1 } : {}) };
  }

  /** The client as a process has it: its death takes the client along. The SDK's tries follow at once. */
  #mortal<C extends Sender>(client: C & { readonly config: { retryStrategy(): Promise<unknown> } }): C {
    this.#clients.push(client);
    const send = client.send.bind(client);
    const patient = client.config
      .retryStrategy()
      .then((strategy) => Object.assign(strategy as object, { retryBackoffStrategy: atOnce }));
    client.send = (command: never) => this.#whileAlive(() => patient.then(() => send(command)));
    return client;
  }

  async #whileAlive<T>(call: () => Promise<T>): Promise<T> {
    if (this.isDead) return never;
    const ms = this.#around.freezesFor();
    if (ms !== undefined) this.freeze(ms);
    while (this.#ice !== undefined) await this.#ice;
    this.busy += 1;
    this.#around.moved();
    const answered = await call().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if (!this.isDead) this.busy -= 1;
    this.#around.moved();
    while (this.#ice !== undefined) await this.#ice;
    if (this.isDead) return never;
    if ("error" in answered) throw answered.error;
    return answered.value;
  }
}

/** The SDK waits for real between its tries; here only the tries matter. */
const atOnce = { setDelayBase: () => {}, computeNextBackoffDelay: () => 0 };
