/**
 * Passes to spans to a collector: all of it is loaded where traces are switched on, and only there.
 *
 * Never:     throws, rejects, or holds a pass up: it hears of one when that is over.
 */
import type { SiteNames } from "../deps.ts";
import { errorFields, type Log } from "../log.ts";
import type { SeenPass } from "../seen-pass.ts";
import { type Post, traceSender } from "./sender.ts";
import type { TraceSettings } from "./settings.ts";
import { traceOf } from "./span.ts";
import { spansOf } from "./spans.ts";

/** Takes passes that have ended, and sends what they have to tell. */
export interface TraceExporter {
  take(pass: SeenPass): void;
  /** Resolves when all that was taken is sent or dropped. */
  flush(): Promise<void>;
}

/** What an exporter is made of. */
export interface ExporterOptions {
  readonly settings: TraceSettings;
  /** Of call sites, by the version of the code that they are in. */
  readonly names: (codeVersion: string) => SiteNames;
  /** Default: `fetch`, with the headers of the settings. */
  readonly post?: Post;
  readonly log: Pick<Log, "warn">;
}

/** Whether a trace is sent follows from its id: all passes of a run, and of its children, come to the same. */
const isSampled = (trace: string, share: number): boolean =>
  Number.parseInt(trace.slice(0, 12), 16) < share * 16 ** 12;

/** Sends without more than the settings say. */
export const plainPost =
  ({ url, timeoutMs }: TraceSettings, headers: () => Promise<Readonly<Record<string, string>>>): Post =>
  async (body) =>
    fetch(url, {
      method: "POST",
      headers: { ...(await headers()), "content-type": "application/json" },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });

/** Makes an exporter. */
export function traceExporter({ settings, names, post, log }: ExporterOptions): TraceExporter {
  const { share, resource, headers } = settings;
  const sender = traceSender({ post: post ?? plainPost(settings, async () => headers), resource, log });
  return {
    take(pass) {
      const { last } = pass;
      try {
        if (isSampled(traceOf(last), share)) sender.take(spansOf(pass, names(last.codeVersion)));
      } catch (error) {
        log.warn("A pass could not be traced", { runId: last.id, ...errorFields(error) });
      }
    },
    flush: () => sender.flush(),
  };
}
