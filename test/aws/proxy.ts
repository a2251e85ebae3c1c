/**
 * Between the functions and the services: who calls is known by the access key, the template's policies decide, what
 * was called is written down, and any call can be made to go wrong before or after it was applied.
 *
 * Owns:      the records, the faults in force, and the problems that fail a test at its end.
 * Invariant: a call that the bench does not understand is a problem, never a success.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { close, listen } from "../world/world.ts";
import { type Action, actionOf, keyIn, type RawRequest, type Service, scopeOf } from "./call.ts";
import { type Effect, Faults } from "./faults.ts";
import type { Ask, Decision, Identity, Policies } from "./iam.ts";
import { refusalOf } from "./presigned.ts";
import { type CallRecord, unitsOf } from "./records.ts";
import { broken, failure, type Reply, refused, sentButLost, throttled } from "./replies.ts";

/** A process that calls. */
export interface Caller extends Identity {
  /** Logical id of its function. */
  readonly name: string;
  /** Ends the process at once. */
  kill(): void;
}

/** What answers a service's calls. */
export type Backend = (action: Action, request: RawRequest) => Promise<Reply>;

/** The reply, or what happened to the connection instead. */
type Outcome = Reply | "cut" | "killed";

const units = { write: 0, read: 0, indexes: {} };

/** The proxy, running. */
export class RecordingProxy {
  readonly faults = new Faults();
  readonly records: CallRecord[] = [];
  readonly problems: string[] = [];
  readonly #server: Server;
  readonly #callers = new Map<string, Caller>();
  readonly #backends: Readonly<Record<Service, Backend>>;
  readonly #account: string;
  #policies: Policies | undefined;
  #closing = false;

  private constructor(backends: Readonly<Record<Service, Backend>>, account: string) {
    this.#backends = backends;
    this.#account = account;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Starts on a free port. */
  static async start(backends: Readonly<Record<Service, Backend>>, account: string): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(backends, account);
    await listen(proxy.#server);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on these policies decide. */
  use(policies: Policies): void {
    this.#policies = policies;
  }

  /** Decides one ask by the policies in force. */
  decide(who: Identity, ask: Ask): Decision {
    return this.#policies?.decide(who, ask) ?? { allowed: false, message: "No policies yet." };
  }

  /** Makes a caller known by its access key; the returned function forgets it. */
  know(accessKey: string, caller: Caller): () => void {
    this.#callers.set(accessKey, caller);
    return () => this.#callers.delete(accessKey);
  }

  /** Calls refused by a policy so far. */
  get refusals(): readonly CallRecord[] {
    return this.records.filter(({ outcome }) => /^AccessDenied/.test(outcome));
  }

  /** What is under way meets services that are going down: that is cut off, and no problem. */
  close(): Promise<void> {
    this.#closing = true;
    return close(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the caller died while it was sending
    }
    const { method = "GET", url = "/", headers } = request;
    const outcome = await this.#answer({ method, path: url, headers, body: Buffer.concat(chunks) });
    if (typeof outcome === "string") {
      request.socket.destroy();
      return;
    }
    response.writeHead(outcome.status, { ...outcome.headers, "content-length": outcome.body.length });
    response.end(method === "HEAD" ? undefined : outcome.body);
  }

  async #answer(request: RawRequest): Promise<Outcome> {
    try {
      const scope = scopeOf(request);
      const caller = this.#callers.get(scope.accessKey);
      // A process that was killed may have sent its last words.
      if (caller === undefined) return "cut";
      // It is nobody's call of the stack's.
      const refusal = refusalOf(request, Date.now());
      if (refusal !== undefined) return refusal;
      return await this.#recorded(caller, actionOf(request, scope, this.#account), request);
    } catch (error) {
      if (this.#closing) return "cut";
      this.problems.push(error instanceof Error ? error.message : String(error));
      return failure("dynamodb", 501, "NotKnownToTheBench", String(error));
    }
  }

  async #recorded(caller: Caller, action: Action, request: RawRequest): Promise<Outcome> {
    const at = Date.now();
    const found: { reply?: Reply } = {};
    const outcome = await this.#carryOut(caller, action, request, found);
    this.records.push({
      number: this.records.length + 1,
      at,
      ms: Date.now() - at,
      caller: caller.name,
      service: action.service,
      action: action.name,
      subject: subjectOf(action),
      parameters: action.parameters,
      outcome: typeof outcome === "string" ? outcome : (outcome.error ?? "answered"),
      units: found.reply === undefined ? units : unitsOf(action, found.reply),
    });
    return typeof outcome === "string" ? outcome : withoutCapacity(action, outcome);
  }

  /** `found` gets the service's own reply: what was applied counts, whatever the caller is told. */
  async #carryOut(
    caller: Caller,
    action: Action,
    request: RawRequest,
    found: { reply?: Reply },
  ): Promise<Outcome> {
    for (const ask of action.asks.flatMap((each) => this.#policies?.alsoNeeded(each) ?? [each])) {
      const decision = this.decide(caller, ask);
      if (!decision.allowed) return refused(action.service, decision.message);
    }
    const effect = this.faults.effectOn({ ...action, caller: caller.name });
    const before = await this.#before(effect, caller, action);
    if (before !== undefined) return before;
    const apply = () => this.#backends[action.service](action, request);
    const reply = await apply();
    found.reply = reply;
    if (effect?.kind === "repeat") await apply();
    return this.#after(effect, caller, action) ?? this.#hidden(caller, action, reply);
  }

  async #before(effect: Effect | undefined, caller: Caller, action: Action): Promise<Outcome | undefined> {
    if (effect === undefined) return undefined;
    if (effect.kind === "throttle") return throttled(action.service);
    if (effect.kind === "lose") return sentButLost(action);
    if (effect.kind === "delay") await new Promise((resolve) => setTimeout(resolve, effect.ms));
    return "applied" in effect && !effect.applied ? this.#ended(effect.kind, caller, action) : undefined;
  }

  #after(effect: Effect | undefined, caller: Caller, action: Action): Outcome | undefined {
    if (effect === undefined || !("applied" in effect)) return undefined;
    return this.#ended(effect.kind, caller, action);
  }

  #ended(kind: "fail" | "cut" | "kill", caller: Caller, { service }: Action): Outcome {
    if (kind === "fail") return broken(service);
    if (kind === "cut") return "cut";
    caller.kill();
    return "killed";
  }

  /** S3 tells only those who may list the bucket that an object is not there; others, that they may not list it. */
  #hidden(caller: Caller, { service, parameters }: Action, reply: Reply): Reply {
    if (service !== "s3" || reply.status !== 404) return reply;
    const resource = `arn:aws:s3:::${parameters.Bucket}`;
    const decision = this.decide(caller, { action: "s3:ListBucket", resource });
    return decision.allowed ? reply : refused("s3", decision.message);
  }
}

/** The caller gets the capacity only if it asked for it; the checksum was that of the whole body. */
function withoutCapacity({ service, parameters }: Action, reply: Reply): Reply {
  if (service !== "dynamodb" || reply.error !== undefined) return reply;
  const { "x-amz-crc32": _, ...headers } = reply.headers;
  if (parameters.ReturnConsumedCapacity !== undefined) return { ...reply, headers };
  const { ConsumedCapacity: __, ...body } = JSON.parse(reply.body.toString("utf8")) as Record<
    string,
    unknown
  >;
  return { ...reply, headers, body: Buffer.from(JSON.stringify(body)) };
}

function subjectOf({ service, parameters }: Action): string {
  if (service === "dynamodb") return keyIn(parameters);
  const subject = parameters.QueueUrl ?? parameters.SecretId ?? parameters.Key ?? parameters.FunctionName;
  return (
    String(subject ?? "")
      .split(/[/:]/)
      .at(-1) ?? ""
  );
}
