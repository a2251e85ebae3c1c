/**
 * Sends spans to a collector, many at once.
 *
 * Owns:      how many spans are held, which go into one request, and which are dropped.
 * Never:     rejects or throws, sends a span a second time, or waits for longer than `post` does.
 * Invariant: what is dropped is told in one line of the log for each sending.
 */
import { errorFields, type Log } from "../log.ts";
import { otlpBody } from "./otlp.ts";
import type { Attributes, Span } from "./span.ts";

/** Spans in one request. X-Ray takes 10,000, in 5 MB; one of ours has a kilobyte at most, as names are cut. */
const spansPerRequest = 1_000;
/** X-Ray refuses a request whose spans begin further apart. */
const apartMs = 24 * 3_600_000;
/** Spans that are held: what comes on top is dropped, the newest first. */
const spansHeld = 20_000;

/** Posts the body of a request; rejects when it is not known to have been taken. */
export type Post = (body: string) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** What a sender is made of. */
export interface SenderOptions {
  readonly post: Post;
  readonly resource: Attributes;
  readonly log: Pick<Log, "warn">;
}

/** Holds spans and sends them. */
export interface TraceSender {
  take(spans: readonly Span[]): void;
  /** Sends what is held. Resolves when it is sent or dropped; never rejects. */
  flush(): Promise<void>;
}

/** Spans in the order of their begin, in parts that a request may have. */
function requests(spans: readonly Span[]): Span[][] {
  const parts: Span[][] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const part = parts.at(-1);
    const [first] = part ?? [];
    if (part === undefined || first === undefined) parts.push([span]);
    else if (part.length >= spansPerRequest || span.from - first.from >= apartMs) parts.push([span]);
    else part.push(span);
  }
  return parts;
}

/** The beginning of what a collector answers: it says what it does not like. */
const shown = (answer: string): string => answer.replace(/\s+/g, " ").slice(0, 300);

/** Makes a sender. */
export function traceSender({ post, resource, log }: SenderOptions): TraceSender {
  let held: Span[] = [];
  let tooMany = 0;
  let sending: Promise<void> = Promise.resolve();

  async function send(spans: readonly Span[]): Promise<void> {
    try {
      const answer = await post(otlpBody(spans, resource));
      const said = await answer.text();
      if (answer.status < 200 || answer.status > 299)
        throw new Error(`The collector answered ${answer.status}: ${shown(said)}`);
      if (/"rejectedSpans":\s*"?[1-9]/.test(said))
        log.warn("The collector refused spans", { spans: spans.length, answer: shown(said) });
    } catch (error) {
      const { error: why } = errorFields(error) as { error: { name?: string; message: string } };
      const said = { name: why.name, message: why.message };
      log.warn("Spans were dropped", { spans: spans.length, error: said });
    }
  }

  async function sendAll(): Promise<void> {
    const spans = held;
    held = [];
    if (tooMany > 0) log.warn("Spans were dropped: there were too many", { spans: tooMany });
    tooMany = 0;
    await Promise.all(requests(spans).map(send));
  }

  return {
    take(spans) {
      const room = spansHeld - held.length;
      held.push(...spans.slice(0, room));
      tooMany += Math.max(0, spans.length - room);
    },
    flush() {
      // One sending at a time: a collector that hangs gets no second one.
      sending = sending.then(sendAll);
      return sending;
    },
  };
}
