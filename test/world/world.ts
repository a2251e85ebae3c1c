/**
 * A small outside world: payment, stock, mail and carrier, each an HTTP server that writes down every call.
 *
 * Owns:      what the world was asked for. An effect is a call here, counted by its idempotency key.
 * Invariant: a key that was answered gets the same answer again, as good services do; the call is counted all the
 *            same, so a repeated effect shows.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The services of the world. */
type ServiceName = "payment" | "stock" | "mail" | "carrier";

const names: readonly ServiceName[] = ["payment", "stock", "mail", "carrier"];

/** One call that arrived. */
export interface Call {
  readonly service: ServiceName;
  readonly path: string;
  /** The header `Idempotency-Key`; "" without one. */
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Unix milliseconds of its arrival. */
  readonly at: number;
  /** `waiting` until it is answered; `lost` when the caller went away before. */
  outcome: "waiting" | "answered" | "refused" | "failed" | "lost";
}

/** How a service behaves from now on. */
interface Temper {
  slowMs: number;
  failures: number;
  failureStatus: number;
  hanging: ((call: Call) => void) | undefined;
}

/** The outside world, running. */
export interface World {
  /** Addresses, by service. */
  readonly url: Readonly<Record<ServiceName, string>>;
  /** The same as the environment variables that `examples/order` reads. */
  readonly env: Readonly<Record<string, string>>;
  /** Every call so far, in order of arrival. */
  calls(service?: ServiceName): readonly Call[];
  /** Every answer of this service takes so long. */
  slow(service: ServiceName, ms: number): void;
  /** The next calls of this service fail with a status. */
  fail(service: ServiceName, times: number, status?: number): void;
  /** The next call of this service is never answered; resolves when it has arrived. */
  hang(service: ServiceName): Promise<Call>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Starts the four services on free ports of 127.0.0.1. */
export async function startWorld(): Promise<World> {
  const calls: Call[] = [];
  const answered = new Map<string, Answer>();
  const tempers = new Map(names.map((name) => [name, calm()]));
  const temper = (service: ServiceName): Temper => tempers.get(service) ?? calm();

  const serve = (service: ServiceName) => async (request: IncomingMessage, response: ServerResponse) => {
    const call = await callOf(service, request);
    calls.push(call);
    response.on("close", () => {
      if (call.outcome === "waiting") call.outcome = "lost";
    });
    const disturbance = await disturb(temper(service), call);
    if (disturbance === "silence") return;
    if (disturbance) return reply(response, disturbance);
    const answer = answered.get(`${service} ${call.key}`) ?? answerTo(call);
    if (call.key !== "") answered.set(`${service} ${call.key}`, answer);
    call.outcome = answer.status < 400 ? "answered" : "refused";
    reply(response, answer);
  };

  const servers = await Promise.all(names.map((name) => listen(createServer(serve(name)))));
  const urls = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const url = Object.fromEntries(names.map((name, i) => [name, urls[i]])) as Record<ServiceName, string>;
  return {
    url,
    env: Object.fromEntries(names.map((name) => [`${name.toUpperCase()}_URL`, url[name]])),
    calls: (service) => calls.filter((call) => service === undefined || call.service === service),
    slow: (service, ms) => Object.assign(temper(service), { slowMs: ms }),
    fail: (service, times, status = 503) =>
      Object.assign(temper(service), { failures: times, failureStatus: status }),
    hang: (service) =>
      new Promise((arrived) => {
        temper(service).hanging = arrived;
      }),
    close: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

/** What a service in this temper does before it comes to an answer of its own. */
async function disturb(temper: Temper, call: Call): Promise<Answer | "silence" | undefined> {
  const { hanging } = temper;
  temper.hanging = undefined;
  hanging?.(call);
  if (hanging) return "silence";
  if (temper.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, temper.slowMs));
  if (temper.failures === 0) return undefined;
  temper.failures -= 1;
  call.outcome = "failed";
  return { status: temper.failureStatus, body: { error: "try again later" } };
}

const calm = (): Temper => ({ slowMs: 0, failures: 0, failureStatus: 503, hanging: undefined });

/** Listens on a free port of 127.0.0.1. */
export const listen = (server: Server): Promise<Server> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });

/** Closes a server and the connections that are kept open. */
export const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

async function callOf(service: ServiceName, request: IncomingMessage): Promise<Call> {
  let text = "";
  for await (const chunk of request) text += chunk;
  const key = request.headers["idempotency-key"];
  return {
    service,
    path: `${request.method} ${request.url}`,
    key: typeof key === "string" ? key : "",
    body: text === "" ? {} : JSON.parse(text),
    at: Date.now(),
    outcome: "waiting",
  };
}

/** What a service says: a refusal where the request asks for one, else an id made from the key. */
function answerTo({ service, path, key, body }: Call): Answer {
  const id = createHash("sha256").update(`${service} ${key}`).digest("hex").slice(0, 8);
  const refusal = refusalOf(path, body);
  if (refusal) return refusal;
  if (service === "carrier") return { status: 201, body: { tracking: `TR-${id}` } };
  return { status: 201, body: { id: `${service}_${id}` } };
}

function refusalOf(path: string, body: Call["body"]): Answer | undefined {
  if (path === "POST /charges" && body.card === "declined")
    return { status: 402, body: { error: "card declined" } };
  if (path === "POST /reservations" && body.sku === "sold-out")
    return { status: 409, body: { error: "sold out" } };
  if (path === "POST /parcels" && body.address === "nowhere")
    return { status: 422, body: { error: "unknown address" } };
  return undefined;
}

function reply(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
