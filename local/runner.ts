/**
 * The child process that works on passes: started by the supervisor, told what to do over its channel.
 *
 * Owns:      this process: its lock, its own opening of the store, and its end.
 * Never:     outlives the channel: without a supervisor there is nobody who could free what it holds.
 */
import { mkdirSync } from "node:fs";
import type { Ports } from "../engine/ports.ts";
import type { PassFigures } from "../functions/figures.ts";
import { maskOutput } from "../functions/masked-output.ts";
import type { TraceExporter } from "../functions/traces/exporter.ts";
import { Vault } from "../functions/vault.ts";
import { afterLines, loggingHosts } from "./author-log.ts";
import { keptCode } from "./bundle-folder.ts";
import { realChance, realClock } from "./clock.ts";
import { logsPath, runnerFolder } from "./data-folder.ts";
import { folderKeys } from "./encryption-key.ts";
import { openFolderStore } from "./folder-store.ts";
import { loadedHosts } from "./hosts.ts";
import { localSecrets } from "./local-secrets.ts";
import { lockFolder } from "./lock.ts";
import { poster, type RunnerStart, type ToRunner, type ToSupervisor } from "./messages.ts";
import { noticingStore } from "./noticing-store.ts";
import { runnerTraces, watchedHosts } from "./pass-watch.ts";
import { Passes } from "./passes.ts";
import { endGroup } from "./process-group.ts";
import { sealedHosts } from "./sealed-hosts.ts";
import { fileSpill } from "./spill.ts";
import { openSqliteLogs } from "./sqlite-logs.ts";

const tell = poster<ToSupervisor>(process);
const log = (line: string): void => void process.stderr.write(`${line}\n`);

interface Runner {
  readonly passes: Passes;
  readonly traces: TraceExporter | undefined;
}

/** Opens everything, under the lock that proves to the next supervisor that this process lives. */
function open({ owner, dataFolder, codeVersion, solo, machine, traces: settings }: RunnerStart): Runner {
  const folder = runnerFolder(dataFolder, owner);
  mkdirSync(folder, { recursive: true });
  const lock = lockFolder(folder);
  // Also keeps hold of the lock: one that nothing refers to is collected, and with it goes the proof that we live.
  process.on("exit", () => lock.release());
  const clock = realClock();
  const logs = openSqliteLogs(logsPath(dataFolder), log, folderKeys(dataFolder));
  process.on("exit", () => logs.close());
  const traces = settings && runnerTraces({ settings, dataFolder, clock, log });
  const passed = (figures: PassFigures): void => tell({ kind: "passed", figures });
  const vault = new Vault(localSecrets(dataFolder, clock));
  const mask = (text: string): string => vault.mask(text);
  maskOutput(mask);
  const logging = loggingHosts(loadedHosts(dataFolder), logs, clock.now, mask);
  const hosts = watchedHosts(sealedHosts(logging, vault), passed, traces);
  const store = afterLines(openFolderStore(dataFolder), logs);
  const ports: Ports = {
    store: noticingStore(store, {
      wake: (at) => tell({ kind: "wake", at }),
      finished: ({ id: runId }) => tell({ kind: "finished", runId }),
      called: (runId) => tell({ kind: "ring", runId }),
    }),
    doorbell: { ring: (runId) => tell({ kind: "ring", runId }) },
    spill: fileSpill(dataFolder),
    clock,
    chance: realChance(),
    keptCode: keptCode(dataFolder),
  };
  const passes = new Passes({ ports, hosts, vault, owner, solo, machine, tell, log });
  passes.newCode(codeVersion);
  return { passes, traces };
}

function listen(): void {
  let runner: Runner | undefined;

  async function stop(): Promise<void> {
    await runner?.passes.stop();
    await runner?.traces?.flush();
    process.exit();
  }

  function hear(message: ToRunner): void {
    if (message.kind === "start") {
      runner = open(message.start);
      tell({ kind: "ready" });
    } else if (message.kind === "ring") runner?.passes.ring(message.runId);
    else if (message.kind === "code") runner?.passes.newCode(message.codeVersion);
    else if (message.kind === "ping") tell({ kind: "pong" });
    else void stop();
  }
  process.on("message", (messages) => {
    for (const message of messages as ToRunner[]) hear(message);
  });
}

// Only the process that the supervisor made is a runner: whoever imports this file by mistake goes on as before.
if (process.send !== undefined) {
  // The supervisor is gone, or has no more use for us: at once, whatever is in the middle of being done.
  process.on("disconnect", () => endGroup(process.pid));
  // A promise that nobody awaited is no reason to take other runs' passes down.
  process.on("unhandledRejection", (reason) => {
    log(
      `A promise was rejected and nobody handled it: ${reason instanceof Error ? reason.stack : String(reason)}`,
    );
  });
  // Nobody reads what is printed: no reason to end, either.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  listen();
}
