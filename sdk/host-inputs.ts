/**
 * Input streams inside a run. Loaded for the tasks that have some: see `needInputs`.
 *
 * Owns:      what a call waits for, and how its end is given.
 */
import { type Callable, handOver } from "../engine/authored.ts";
import { registerErrorClass } from "../engine/codec.ts";
import { CurrentRun, currentRun } from "../engine/current-run.ts";
import { addPlace } from "../engine/error-place.ts";
import { HoldfastError } from "../engine/errors.ts";
import type { Execution } from "../engine/execution.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { askMessage, messagesOf } from "../engine/messages.ts";
import { know } from "../engine/promises.ts";
import { sendMessage } from "../engine/sending.ts";
import { completeToken } from "../engine/token-ends.ts";
import { createToken, tokenIdOf } from "../engine/tokens.ts";
import { askUnit } from "../engine/unit.ts";
import { durationMs, instantMs } from "./duration.ts";
import {
  type InputStreamOnceOptions,
  type InputStreamSubscription,
  InputStreamTimeoutError,
  type InputStreamWaitOptions,
  type InputStreamWaitWithIdleTimeoutOptions,
} from "./input-stream-forms.ts";
import { offer } from "./link.ts";
import { markInRun } from "./mark-in-run.ts";
import { jsonCopy } from "./metadata-values.ts";
import { withWaitHooks } from "./run-hooks.ts";
import { startOptions } from "./start-options.ts";
import { type TokenPromise, type TokenResult, WaitpointTimeoutError } from "./tokens.ts";

registerErrorClass(InputStreamTimeoutError, "InputStreamTimeoutError");
registerErrorClass(WaitpointTimeoutError, "WaitpointTimeoutError");

const keyLifeMs = 30 * 86_400_000;

function checked<T>(call: string, options: unknown, known: readonly string[]): T {
  const given = options ?? {};
  const unknown = Object.keys(Object(given)).find((name) => !known.includes(name));
  if (typeof given === "object" && unknown === undefined) return given as T;
  throw new HoldfastError(
    "HF506",
    `The option ${JSON.stringify(unknown ?? given)} of inputStream.${call}() is not supported.`,
    `Supported: ${known.join(", ")}.`,
  );
}

const placeOf = (site: Site, { spanName }: { readonly spanName?: string }) => ({
  name: spanName ?? site.name,
  at: site.at,
});

/** How an await ended, for those who want to know of a time-out without an error. */
function ending(asked: Promise<unknown>, frame: Frame, place: { name: string; at: string }) {
  const result: Promise<TokenResult<unknown>> = know(
    asked.then(
      (output) => ({ ok: true, output }),
      (error: unknown) => {
        if (error instanceof InputStreamTimeoutError || error instanceof WaitpointTimeoutError)
          return { ok: false, error };
        throw error;
      },
    ),
  );
  const output = (ended: TokenResult<unknown>): unknown => {
    if (ended.ok) return ended.output;
    addPlace(ended.error, frame, place);
    throw ended.error;
  };
  return Object.assign(result, { unwrap: markInRun(() => know(result.then(output))) });
}

function onceAt(frame: Frame, site: Site, stream: string, options: InputStreamOnceOptions) {
  const { signal, timeoutMs } = options;
  const place = placeOf(site, options);
  const ms = timeoutMs || undefined;
  const asked = askMessage(frame, {
    key: frame.next(site.id),
    place,
    stream,
    timeout: ms === undefined ? undefined : { ms, error: () => new InputStreamTimeoutError(stream, ms) },
    abort: signal === undefined ? undefined : { signal, error: () => new Error("Aborted") },
  });
  return ending(asked, frame, place);
}

function once(frame: Frame, site: Site, [stream, options]: readonly unknown[]): unknown {
  const known = ["signal", "timeoutMs", "spanName"];
  return onceAt(frame, site, stream as string, checked("once", options, known));
}

/** Waits that others with the same key share, and until when. */
const keyed = new WeakMap<Execution, Map<string, { until: number; promise: TokenPromise<unknown> }>>();

function waitAt(frame: Frame, site: Site, stream: string, options: InputStreamWaitOptions) {
  const { execution } = frame;
  const { timeout } = options;
  const place = placeOf(site, options);
  const key = frame.next(site.id);
  const ms = timeout === undefined ? undefined : instantMs(timeout, execution.now) - execution.now;
  const late = (): Error => new WaitpointTimeoutError(`Nothing came to the input stream ${stream} in time.`);
  const ask = (): Promise<unknown> =>
    askMessage(frame, {
      key,
      place,
      stream,
      timeout: ms === undefined ? undefined : { ms, error: late },
    });
  const go = options.tags === undefined ? ask : asToken(frame, site, options, ask);
  return ending(
    withWaitHooks(frame, key, () => ({ type: "token", token: stream }), go),
    frame,
    place,
  );
}

/** A wait with tags is a token, too: `wait.listTokens` finds it by them. What comes to the stream completes it. */
function asToken(
  frame: Frame,
  site: Site,
  { tags, timeout }: InputStreamWaitOptions,
  ask: () => Promise<unknown>,
): () => Promise<unknown> {
  const { execution } = frame;
  const { ports, run } = execution.context;
  const place = { name: "tags", at: site.at };
  const [made, done] = [frame.next(site.id), frame.next(site.id)];
  const id = tokenIdOf(run.id, made, execution.journal.generation(made));
  const make = async (): Promise<string> => {
    const asked = { tags, ...(timeout !== undefined && { delay: timeout }) };
    const from = { now: ports.clock.now(), runId: run.id };
    const { delayUntil: timeoutAt, ...rest } = startOptions(asked, from);
    return (await createToken(ports, { ...rest, id, codeVersion: run.codeVersion, timeoutAt })).head.id;
  };
  const wait = async (): Promise<unknown> => {
    await askUnit(frame, made, { sort: "step", place, args: [tags], invoke: make });
    const data = await ask();
    const complete = async (): Promise<void> => void (await completeToken(ports, id, data));
    await askUnit(frame, done, { sort: "step", place, args: [id], invoke: complete });
    return data;
  };
  return () => know(wait());
}

function wait(frame: Frame, site: Site, [stream, given]: readonly unknown[]): unknown {
  const known = ["timeout", "idempotencyKey", "idempotencyKeyTTL", "tags", "spanName"];
  const options = checked<InputStreamWaitOptions>("wait", given, known);
  const { idempotencyKey: name, idempotencyKeyTTL: life } = options;
  if (name === undefined) return waitAt(frame, site, stream as string, options);
  const { execution } = frame;
  const others = keyed.get(execution) ?? new Map();
  keyed.set(execution, others);
  const found = others.get(`${name} ${stream}`);
  if (found !== undefined && found.until > execution.now) return found.promise;
  const until = execution.now + (life === undefined ? keyLifeMs : durationMs(life));
  const promise = waitAt(frame, site, stream as string, options);
  others.set(`${name} ${stream}`, { until, promise });
  return promise;
}

async function inTwo(
  frame: Frame,
  site: Site,
  stream: string,
  options: InputStreamWaitWithIdleTimeoutOptions,
) {
  const { idleTimeoutInSeconds: seconds, timeout, spanName, onSuspend, onResume } = options;
  const named = spanName === undefined ? {} : { spanName };
  const call = (name: string, fn: Callable): unknown =>
    handOver(frame.child(frame.next(name)), fn, undefined, []);
  if (seconds > 0) {
    const warm = await onceAt(frame, site, stream, { ...named, timeoutMs: seconds * 1_000 });
    if (warm.ok) return warm;
  }
  if (options.skipSuspend === true) {
    const error = new WaitpointTimeoutError("Idle timeout elapsed and skipSuspend is set");
    return { ok: false as const, error };
  }
  if (onSuspend !== undefined) await call("suspend", onSuspend);
  const came = await waitAt(frame, site, stream, { ...named, ...(timeout === undefined ? {} : { timeout }) });
  if (came.ok && onResume !== undefined) await call("resume", onResume);
  return came;
}

function idle(frame: Frame, site: Site, [stream, given]: readonly unknown[]): unknown {
  const known = ["idleTimeoutInSeconds", "timeout", "spanName", "onSuspend", "onResume", "skipSuspend"];
  const options = checked<InputStreamWaitWithIdleTimeoutOptions>("waitWithIdleTimeout", given, known);
  return know(inTwo(frame.child(frame.next(site.id)), site, stream as string, options));
}

function on(frame: Frame, site: Site, [stream, handler]: readonly unknown[]): InputStreamSubscription {
  if (typeof handler !== "function")
    throw new HoldfastError(
      "HF520",
      `The input stream ${stream} was given no function to call.`,
      "Give on((data) => …).",
    );
  const { execution } = frame;
  const own = frame.child(frame.next(site.id));
  const call = async (data: unknown): Promise<void> => {
    try {
      await handOver(own.child(own.next("message")), handler as Callable, undefined, [data]);
    } catch (error) {
      if (!execution.replaying)
        execution.context.print("warn", [`A handler of the input stream ${stream} threw:`, error]);
    }
  };
  const off = messagesOf(execution).listen(
    stream as string,
    (data) => void currentRun.run(new CurrentRun(execution), () => call(data)),
  );
  return { off: markInRun(off) };
}

/** What the insides of units have sent, so that those that are made again send the same. */
const sentInside = new WeakMap<CurrentRun, Map<string, number>>();

function copyOf(stream: string, data: unknown): unknown {
  try {
    return data === undefined ? data : jsonCopy(data, "It");
  } catch {
    throw new HoldfastError(
      "HF520",
      `What was sent to the input stream ${stream} is no JSON value.`,
      "Turn it into texts, numbers, lists and plain objects.",
    );
  }
}

function send(frame: Frame, site: Site, [of, to, given]: readonly unknown[]): Promise<unknown> {
  const { execution } = frame;
  const { ports, run } = execution.context;
  const stream = of as string;
  const go = (data: unknown, request: string): Promise<void> =>
    sendMessage(ports, { to: String(to), stream, data, request: `${run.id} ${request}` });
  const inside = currentRun.getStore();
  if (site.at === "" && inside?.key !== undefined) {
    const data = copyOf(stream, given);
    const sent = sentInside.get(inside) ?? new Map<string, number>();
    sentInside.set(inside, sent);
    const what = JSON.stringify([stream, to, data]);
    const count = sent.get(what) ?? 0;
    sent.set(what, count + 1);
    return know(go(data, `${inside.unit} ${count} ${what}`));
  }
  const key = frame.next(site.id);
  const request = `${key} ${execution.journal.generation(key)}`;
  const invoke = async (): Promise<void> => go(copyOf(stream, given), request);
  const place = placeOf(site, {});
  return know(askUnit(frame, key, { sort: "step", place, args: [stream, to, given], invoke }));
}

offer({
  "inputs.on": on,
  "inputs.once": once,
  "inputs.peek": ({ execution }: Frame, _site: Site, [stream]: readonly unknown[]) =>
    messagesOf(execution).first(stream as string),
  "inputs.wait": wait,
  "inputs.idle": idle,
  "inputs.send": send,
});
