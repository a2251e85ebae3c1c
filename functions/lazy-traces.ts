/**
 * Traces in a Lambda function: what makes and sends spans is loaded with the first pass that has ended, and only where traces
 * are switched on.
 *
 * Invariant: an invocation waits for its spans no longer than the settings say: behind that the process may be frozen.
 */
import type { Clock } from "../engine/ports.ts";
import type { Signer } from "./aws/xray.ts";
import { errorFields, type Log } from "./log.ts";
import type { SeenPass } from "./seen-pass.ts";
import type { TraceExporter } from "./traces/exporter.ts";
import type { TraceSettings } from "./traces/settings.ts";

/** What traces need of a function. */
export interface LazyTracesOptions {
  readonly settings: TraceSettings;
  readonly signer: Signer;
  /** The headers for a collector that stand in the project's secret. */
  readonly secretHeaders: () => Promise<string | undefined>;
  readonly clock: Pick<Clock, "after">;
  readonly log: Log;
}

async function load({ settings, signer, secretHeaders, log }: LazyTracesOptions): Promise<TraceExporter> {
  const { url, isXray, headers, timeoutMs } = settings;
  const [{ plainPost, traceExporter }, { headersIn }, { siteNames }] = await Promise.all([
    import("./traces/exporter.ts"),
    import("./traces/settings.ts"),
    import("./deployed-code.ts"),
  ]);
  const plain = plainPost(settings, async () => ({ ...headers, ...headersIn(await secretHeaders()) }));
  const post = isXray ? (await import("./aws/xray.ts")).xrayPost(url, signer, timeoutMs) : plain;
  const names = siteNames();
  return traceExporter({ settings, names: () => names, post, log });
}

/** Traces of a function. */
export function lazyTraces(options: LazyTracesOptions): TraceExporter {
  const { clock, log, settings } = options;
  let passes: SeenPass[] = [];
  let loaded: Promise<TraceExporter> | undefined;

  async function sendAll(): Promise<void> {
    const taken = passes;
    passes = [];
    try {
      loaded ??= load(options);
      const exporter = await loaded;
      for (const pass of taken) exporter.take(pass);
      await exporter.flush();
    } catch (error) {
      loaded = undefined;
      log.warn("Traces could not be sent", { passes: taken.length, ...errorFields(error) });
    }
  }

  return {
    take: (pass) => void passes.push(pass),
    async flush() {
      if (passes.length === 0) return;
      let giveUp = (): void => {};
      const late = new Promise<void>((resolve) => {
        giveUp = clock.after(settings.timeoutMs, () => {
          log.warn("Spans were dropped: sending them took too long", { limitMs: settings.timeoutMs });
          resolve();
        });
      });
      await Promise.race([sendAll().finally(giveUp), late]);
    },
  };
}
