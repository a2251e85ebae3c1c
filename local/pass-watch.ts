/**
 * The passes of a runner, watched: what they did to their runs goes into metrics and, where that is wanted, into traces.
 *
 * Never: changes how a pass goes.
 */

import type { Clock } from "../engine/ports.ts";
import { figuresOf, type PassFigures } from "../functions/figures.ts";
import { type SeenPass, watchPass } from "../functions/seen-pass.ts";
import type { TraceExporter } from "../functions/traces/exporter.ts";
import type { TraceSettings } from "../functions/traces/settings.ts";
import { siteNamesOf } from "./bundle-folder.ts";
import { type Hosts, hostsAround } from "./hosts.ts";

/** Spans wait this long for others to be sent with. */
const gatherMs = 1_000;

/** The hosts, whose passes are told of. `traces`: also wants what they read. */
export function watchedHosts(
  hosts: Hosts,
  tell: (figures: PassFigures) => void,
  traces: Pick<TraceExporter, "take"> | undefined,
): Hosts {
  const told = (pass: SeenPass): void => {
    const figures = figuresOf(pass);
    if (figures !== undefined) tell(figures);
    traces?.take(pass);
  };
  return hostsAround(hosts, (host) => async (ports, options) => {
    const watched = watchPass(ports.store, options.runId, ports.clock, traces !== undefined);
    const end = await host.runPass({ ...ports, store: watched.store }, options);
    const seen = watched.ended(end.outcome);
    if (seen !== undefined) told(seen);
    return end;
  });
}

/** What traces need of a runner. */
export interface RunnerTracesOptions {
  readonly settings: TraceSettings;
  readonly dataFolder: string;
  readonly clock: Pick<Clock, "after">;
  readonly log: (line: string) => void;
}

/** Traces of a runner: sent each second, in the background. */
export function runnerTraces({ settings, dataFolder, clock, log }: RunnerTracesOptions): TraceExporter {
  const warn = (message: string, fields: object): void => log(`${message} ${JSON.stringify(fields)}`);
  const loaded = import("../functions/traces/exporter.ts").then(({ traceExporter }) =>
    traceExporter({ settings, names: siteNamesOf(dataFolder), log: { warn } }),
  );
  let taking: Promise<unknown> = loaded;
  let isDue = false;
  const flush = async (): Promise<void> => {
    await taking;
    await (await loaded).flush();
  };
  return {
    take(pass) {
      taking = loaded.then((exporter) => exporter.take(pass));
      if (isDue) return;
      isDue = true;
      clock.after(gatherMs, () => {
        isDue = false;
        void flush();
      });
    },
    flush,
  };
}
