/** The process of `holdfast dev` in which finished runs are replayed, at the lowest priority. */
import { existsSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { withLastEntry } from "../engine/last-entry.ts";
import type { JournalEntry } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import type { LoadedSecrets } from "../engine/secret-pin.ts";
import { type BundleManifest, keptManifest } from "./bundle-folder.ts";
import type { Host } from "./hosts.ts";
import { type PlayRoom, playsHere } from "./play-room.ts";
import { closeNatives } from "./replay-check/closed-natives.ts";
import type { Verdict } from "./replay-check/difference.ts";
import { mayBeChecked } from "./replay-check/finished-run.ts";
import type { Replayed, ToReplay } from "./replay-check/messages.ts";
import { watchStores } from "./replay-check/package-stores.ts";
import { rehearsed } from "./replay-check/rehearsal.ts";
import { checked } from "./replay-check/replay.ts";

/** Module state is another one the second time: a run that reads it shows then, if it does not the first time. */
const times = 2;

/** A run that is none of those that are checked: nothing to tell. */
const passedOver: Verdict = { kind: "unchecked", because: "it is none of those that are checked" };

async function lookedAt(room: PlayRoom, { runId, codeVersion, isRehearsal }: ToReplay): Promise<Replayed> {
  const run = room.store.read(runId);
  const about = { runId, codeVersion, task: run?.task ?? "" };
  if (run === undefined || !mayBeChecked(run, codeVersion)) return { ...about, verdict: passedOver };
  try {
    // Files that cannot be loaded so were told of by the replay, or need compiled code.
    if (isRehearsal) return { ...about, verdict: await withCrashes(room, run).catch(() => passedOver) };
    const { code, secrets } = await room.load(run, codeVersion);
    return { ...about, verdict: await replayed(room, run, code, secrets) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const { refused } = room;
    const because = refused === undefined ? why : `its files call ${refused} when they are loaded`;
    return { ...about, verdict: { kind: "unchecked", because, isTold: true } };
  }
}

/** What the run has recorded, with what its end has brought. */
const journalOf = ({ store }: PlayRoom, run: Run): readonly JournalEntry[] =>
  withLastEntry(run, store.journal(run.id));

async function replayed(room: PlayRoom, run: Run, host: Host, secrets: LoadedSecrets): Promise<Verdict> {
  if (host.machineOf?.(run) !== undefined) return passedOver;
  const manifest = manifestOf(room.dataFolder, run.codeVersion);
  const finished = { run, entries: journalOf(room, run) };
  let verdict: Verdict = { kind: "same" };
  for (let time = 0; time < times && verdict.kind === "same"; time++)
    verdict = await checked(finished, {
      pass: (ports, runId) => room.pass(host, secrets, ports, runId),
      spill: room.spill,
      names: (id) => manifest.sites[id]?.name,
      isAway: (path) => !existsSync(path),
      begun: (witness) => {
        room.play = witness;
      },
    });
  room.play = undefined;
  return placed(verdict, run.task, manifest);
}

/** As far as it was made in memory, the run is made again behind crashes. */
function withCrashes(room: PlayRoom, run: Run): Promise<Verdict> {
  const entries = journalOf(room, run);
  let watching: { withoutStore(key: string): void; reached(): void } | undefined;
  closeNatives(() => watching?.reached());
  watchStores((key) => watching?.withoutStore(key));
  return rehearsed(
    { run, entries },
    {
      async load() {
        const { code, secrets } = await room.loadAgain(run);
        return (ports, runId) => room.livePass(code, secrets, ports, runId);
      },
      spill: room.spill,
      isAway: (path) => !existsSync(path),
      begun: (watch) => {
        watching = watch;
        room.play = { stop: () => watch.reached(), stopBehind: () => watch.reached() };
      },
    },
  );
}

const manifests = new Map<string, BundleManifest>();

function manifestOf(dataFolder: string, codeVersion: string): BundleManifest {
  const manifest = manifests.get(codeVersion) ?? keptManifest(dataFolder, codeVersion);
  manifests.set(codeVersion, manifest);
  return manifest;
}

/** An end has no place of its own: it is the task's. */
function placed(verdict: Verdict, task: string, { tasks }: BundleManifest): Verdict {
  const at = tasks.find(({ id }) => id === task);
  if (verdict.kind !== "differs" || verdict.difference.place !== undefined || at === undefined)
    return verdict;
  const place = { name: `task "${task}"`, at: `${at.file}:${at.line}` };
  return { ...verdict, difference: { ...verdict.difference, place } };
}

if (process.send !== undefined) setPriority(constants.priority.PRIORITY_LOW);
playsHere(lookedAt);
