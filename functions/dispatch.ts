/**
 * The Lambda function that works on runs: rings come from SQS, hand-overs from another version of it.
 *
 * Owns:      the forms of its events, and which rings of a batch failed.
 * Invariant: one ring's failure is no other's; a message that is no ring is dropped, never repeated.
 */
import { randomUUID } from "node:crypto";
import type { DeadLetters } from "../engine/ports.ts";
import { deployment } from "../sdk/config.ts";
import * as host from "../sdk/host.ts";
import { watchRejectionsAlone } from "../sdk/rejections.ts";
import { type Answer, answerRing, type RingDeps } from "./answer-ring.ts";
import type { HandOff } from "./aws/hand-off.ts";
import { lazyHandOff } from "./aws/lazy-hand-off.ts";
import { sqsSender } from "./aws/queues.ts";
import { isEarly, parseRing, type Ring } from "./aws/sqs-doorbell.ts";
import type { Signer } from "./aws/xray.ts";
import type { DelayedDoorbell } from "./bell.ts";
import { realClock } from "./clock.ts";
import { codeOnSecrets } from "./code-on-secrets.ts";
import { apiFunctionOf, type DispatcherConfig, dispatcherConfig, dispatcherTraces } from "./config.ts";
import type { LargerParts, LargerStart } from "./larger-start.ts";
import { type Encryption, encryptionOf, type ReadSecret } from "./lazy-encryption.ts";
import { errorFields, type Log } from "./log.ts";
import type { LongRunning } from "./long-running.ts";
import { ownApi } from "./own-api.ts";
import { passMetrics } from "./pass-metrics.ts";
import type { PassWatch } from "./pass-until.ts";
import { printer } from "./printer.ts";
import type { SecretVersion } from "./project-secrets.ts";
import { sealedPorts } from "./sealed-ports.ts";
import { tellOfSmallness } from "./small-function.ts";
import type { TraceExporter } from "./traces/exporter.ts";
import type { TraceSettings } from "./traces/settings.ts";
import type { Vault } from "./vault.ts";
import { standardLog, wirePorts, wireStore } from "./wire.ts";
import { withoutKey } from "./without-key.ts";

/** What is known of an invocation. */
export interface Invocation {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
  /** There in a process that has no limit and works on one run of a `longRunning` task: tells that it is to end. */
  readonly stop?: AbortSignal;
}

/** Messages of the doorbell, or one ring that another version hands over. */
export type DispatchEvent =
  | { readonly Records: readonly { readonly messageId: string; readonly body: string }[] }
  | Ring;

/** Lambda's word for the messages that are to come again. */
export interface Failures {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** A process without a limit has its run, whatever that asks for. */
function depsFor(deps: DispatcherDeps, ring: Ring, { stop }: Invocation): RingDeps {
  if (stop !== undefined)
    return { ...deps, longRunning: undefined, larger: undefined, leaveAfterMs: undefined };
  const handOff = deps.handOffOf?.(ring) ?? deps.handOff;
  return { ...deps, handOff, ...(ring.anyway && { larger: undefined }) };
}

async function answer(
  deps: DispatcherDeps,
  body: string,
  invocation: Invocation,
): Promise<Answer | "no ring"> {
  const ring = parseRing(body);
  if (ring === undefined) return "no ring";
  if (isEarly(ring, deps.ports.clock.now())) {
    deps.bell.ringAt(ring.runId, ring.at ?? 0);
    return "early";
  }
  // An invocation that Lambda repeats has the same id, and may meet what is left of itself.
  const owner = `${invocation.awsRequestId}/${randomUUID().slice(0, 8)}`;
  const deadline = { remainingMs: () => invocation.getRemainingTimeInMillis(), stop: invocation.stop };
  const what = await answerRing(depsFor(deps, ring, invocation), ring.runId, owner, deadline);
  if (what !== "worked on") deps.log.info("Ring answered", { runId: ring.runId, answer: what });
  return what;
}

async function answerMessages(
  deps: DispatcherDeps,
  records: readonly { readonly messageId: string; readonly body: string }[],
  invocation: Invocation,
): Promise<Failures> {
  const failed = await Promise.all(
    records.map(async ({ messageId, body }) => {
      try {
        const what = await answer(deps, body, invocation);
        if (what === "no ring")
          deps.log.warn("A message that is no ring was dropped", { messageId, length: body.length });
        return [];
      } catch (error) {
        deps.log.error("Ring failed", { messageId, runId: parseRing(body)?.runId, ...errorFields(error) });
        return [{ itemIdentifier: messageId }];
      }
    }),
  );
  await deps.bell.flush();
  return { batchItemFailures: failed.flat() };
}

/** What the dispatcher is made of. */
export interface DispatcherDeps extends RingDeps {
  /** Of a larger function: how a ring's run gets to its version of it. */
  readonly handOffOf?: ((ring: Ring) => HandOff) | undefined;
  /** The queues of this code that have a limit. */
  readonly limits?: ReturnType<typeof host.describeQueues>;
  /** Has heard of the passes of an invocation by its end. */
  readonly traces?: Pick<TraceExporter, "flush">;
  /** Where run data are encrypted. */
  readonly encryption?: Pick<Encryption, "renew"> | undefined;
}

async function setLimits({ ports, limits = [] }: DispatcherDeps): Promise<void> {
  for (const { name, limits: said } of limits) await ports.store.limit(name, said, ports.clock.now());
}

/** The handler on these parts. */
export function dispatcher(deps: DispatcherDeps) {
  let isReady: Promise<void> | undefined;
  const answerEvent = async (event: DispatchEvent, invocation: Invocation): Promise<Failures | undefined> => {
    if ("Records" in event) {
      // Messages go to the newest code only: its limits are the ones that count.
      isReady ??= setLimits(deps);
      await isReady.catch((error: unknown) => {
        isReady = undefined;
        throw error;
      });
      return answerMessages(deps, event.Records, invocation);
    }
    try {
      await answer(deps, JSON.stringify(event), invocation);
    } finally {
      await deps.bell.flush();
    }
    return undefined;
  };
  return async (event: DispatchEvent, invocation: Invocation): Promise<Failures | undefined> => {
    try {
      await deps.encryption?.renew();
      return await answerEvent(event, invocation);
    } finally {
      // Behind the rings: nobody waits for it but this invocation.
      await deps.traces?.flush();
    }
  };
}

/** Metrics are fields of the line that ends a pass; traces take the pass as it is. */
function watching({ metrics }: DispatcherConfig, traces: TraceExporter | undefined): PassWatch | undefined {
  if (metrics === undefined && traces === undefined) return undefined;
  const tasks = host.describeTasks().map(({ id }) => id);
  const fieldsOf = metrics === undefined ? () => ({}) : passMetrics(metrics, tasks);
  return {
    all: traces !== undefined,
    ended(pass) {
      traces?.take(pass);
      return fieldsOf(pass);
    },
  };
}

/** A setting of traces that is not valid is told, once for each process, and is no reason to work on no run. */
async function tracesWanted(log: Log): Promise<TraceSettings | undefined> {
  try {
    return await dispatcherTraces();
  } catch (error) {
    log.error("Nothing is traced", errorFields(error));
    return undefined;
  }
}

/** The code of this function, as another copy of it sees it. */
export interface DispatchCode extends Pick<typeof host, "describeTasks" | "runPass"> {
  connect(copies: Copies): Handler;
}

/** The copies of this code in the process, by the version of the secrets that they were loaded with. */
export interface Copies {
  readonly vault: Vault;
  /** Reads a secret besides the project's. */
  readonly readSecret: ReadSecret;
  load(secrets: SecretVersion): Promise<DispatchCode>;
}

/** Few projects have such tasks. */
async function longRunningIn(
  config: DispatcherConfig,
  signer: Signer,
  log: Log,
): Promise<LongRunning | undefined> {
  const tasks = host.describeTasks().flatMap(({ id, longRunning }) => (longRunning ? [id] : []));
  if (tasks.length === 0) return undefined;
  return (await import("./long-start.ts")).longStart({
    tasks,
    config,
    signer,
    log,
    machineOf: host.machineOf,
  });
}

/** Few stacks have functions of several sizes. */
async function largerIn(
  config: DispatcherConfig,
  handOff: HandOff,
  bell: DelayedDoorbell,
  send: LargerParts["send"],
  log: Log,
): Promise<LargerStart> {
  if (deployment().sizes?.[1] === undefined) return { larger: undefined };
  const tasks = host.describeTasks();
  return (await import("./larger-start.ts")).largerStart({ tasks, config, handOff, bell, send, log });
}

async function wire({ vault, load, readSecret }: Copies): Promise<DispatcherDeps> {
  watchRejectionsAlone();
  const config = dispatcherConfig();
  const log = standardLog();
  tellOfSmallness(host.describeTasks(), log);
  const encryption = await encryptionOf(config.encryptionId, readSecret);
  const { sqs, dynamo, bell, store } = wireStore({ ...config, callsParked: true, log });
  const send = sqsSender({ client: sqs, queueUrl: config.deadLetterUrl });
  // Few runs fail for good: the letter's form is no part of a cold start.
  const deadLetters: DeadLetters = {
    put: async (run) => (await import("./dead-letter.ts")).letters(send, log).put(run),
  };
  const secretHeaders = async () =>
    (await vault.open(await vault.current())).values.OTEL_EXPORTER_OTLP_HEADERS;
  const settings = await tracesWanted(log);
  const traces =
    settings &&
    (await import("./lazy-traces.ts")).lazyTraces({
      settings,
      signer: dynamo.config,
      secretHeaders,
      clock: realClock,
      log,
    });
  const watch = watching(config, traces);
  const plain = { ...wirePorts({ store, bell, bucket: config.bucket, deadLetters }), store, ...keptCode };
  const ports = encryption?.ports(plain) ?? { ...plain, store: withoutKey(store) };
  const handOff = lazyHandOff(config.functionName);
  const sendTo = (queueUrl: string, body: string) => sqsSender({ client: sqs, queueUrl })(body);
  return {
    ...(await largerIn(config, handOff, bell, sendTo, log)),
    encryption,
    ...(traces === undefined ? {} : { traces }),
    ...(watch === undefined ? {} : { watch }),
    ports,
    bell,
    async runPass(ports, { run, ...options }) {
      const { code, secrets } = await codeOnSecrets(vault, run, load);
      return code.runPass(sealedPorts(ports, vault), { ...options, secrets });
    },
    claimUnseen: ports.store.claimUnseen,
    secretVersion: () => vault.current(),
    queues: host.taskQueues,
    limits: host.describeQueues(),
    handOff,
    longRunning: await longRunningIn(config, dynamo.config, log),
    codeVersion: config.codeVersion,
    version: config.version,
    leaseMs: config.leaseMs,
    leaveAfterMs: config.leaveAfterMs,
    print: printer(log, (text) => vault.mask(text)),
    log,
  };
}

/** What Lambda calls. */
type Handler = (event: DispatchEvent, invocation: Invocation) => Promise<Failures | undefined>;

/** Puts this copy of the code to work: the one that answers rings. */
export function connect(copies: Copies): Handler {
  let wired: Handler | undefined;
  return async (event, invocation) => {
    wired ??= dispatcher(await wire(copies));
    return wired(event, invocation);
  };
}

// In each copy: what the tasks of a copy call is that copy's own SDK.
const apiFunction = apiFunctionOf();
const api = apiFunction === undefined ? undefined : ownApi(apiFunction);
if (api !== undefined) host.setOwnTransport(api);
const keptCode = api && {
  keptCode: {
    tasksOf: async (version: string) => (await import("./versions-by-api.ts")).tasksByApi(api, version),
  },
};

/** For the other copies' runs. */
export const { describeTasks, runPass, wakePass } = host;
