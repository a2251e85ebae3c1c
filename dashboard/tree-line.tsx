/** One line of a run's tree: what it is, how it ended, the tries that failed, and, opened, all that is known of it. */
import type { JSX } from "preact";
import type { Checkpoint, ErrorView, RunHappening, TreeEntry } from "../sdk/tree-entry.ts";
import { Clock, Text } from "./parts.tsx";
import { Link, runUrl } from "./place.tsx";
import { short, shown } from "./shown.ts";
import type { Scale } from "./time-scale.ts";
import { Bar } from "./timeline.tsx";
import { lengthOf } from "./times.ts";
import { Details, stands } from "./tree-details.tsx";
import { isIdle, placeText, type Row, whyAgain } from "./tree-shape.ts";

interface LineProps {
  readonly runId: string;
  readonly row: Row;
  readonly entries: readonly TreeEntry[];
  readonly scale: Scale;
  readonly marks: readonly number[];
  readonly now: number;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** How often the same call of the same function had been made, this one included: the occurrence in its key. */
const callOf = (id: string): number => Number(/#(\d+)(~\d+)?$/.exec(id)?.[1] ?? 0) + 1;

const events: Readonly<Record<RunHappening["event"], string>> = {
  pass: "Work went on",
  attempt: "The attempt failed",
  cancel: "Cancel",
  resume: "Resumed",
};

/** The class that colours the bar. */
function lookOf({ entry }: Row): string {
  if (entry.kind !== "checkpoint") return entry.kind;
  const [, , tone] = stands[entry.status];
  if (tone !== "good") return tone;
  return entry.sort === "wait" || entry.sort === "child" ? entry.sort : "good";
}

function eventText(event: RunHappening, entries: readonly TreeEntry[]): string {
  switch (event.event) {
    case "pass":
      return whyAgain(event, entries);
    case "attempt":
      return event.error === undefined ? "" : `${event.error.name}: ${event.error.message}`;
    case "cancel":
      return event.reason === "timedOut" ? "its maxDuration was used up" : "somebody asked for it";
    case "resume":
      return `on code ${event.codeVersion ?? "unknown"}`;
  }
}

function Name({ row, entries }: Pick<LineProps, "row" | "entries">): JSX.Element {
  const { entry } = row;
  if (entry.kind === "event") {
    return (
      <span class="name">
        <span class={`sign event ${entry.event}`} aria-hidden="true">
          ⚑
        </span>
        <strong>{events[entry.event]}</strong> <bdi class="hint">{short(eventText(entry, entries))}</bdi>
      </span>
    );
  }
  const [sign, words, tone] =
    entry.kind === "frame" ? ["{}", "a function of the code", "frame"] : stands[entry.status];
  const failed = entry.kind === "checkpoint" ? entry.tries.length : 0;
  const call = callOf(entry.id);
  return (
    <span class="name">
      <span class={`sign ${tone}`} role="img" aria-label={words} title={words}>
        {sign}
      </span>
      <bdi class="callee">{short(entry.name)}</bdi>
      {call > 1 && <span class="hint">call {call}</span>}
      {entry.kind === "checkpoint" && entry.sort !== null && entry.sort !== "unit" && (
        <span class="sort">{shown(entry.sort)}</span>
      )}
      {failed > 0 && <span class="sort bad">{failed === 1 ? "1 failed try" : `${failed} failed tries`}</span>}
      {entry.input !== null && <bdi class="input">{short(entry.input.replace(/^\[|\]$/g, ""))}</bdi>}
      <bdi class="place hint" title={shown(placeText(entry))}>
        {short(placeText(entry).replace(/^.*\//, ""))}
      </bdi>
    </span>
  );
}

const lineOf = ({ name, message, cause }: ErrorView): string =>
  `${name}: ${message}${cause === undefined ? "" : ` (${cause})`}`;

/** The tries that failed, and the error that the code got, always in sight. */
function Tries({ entry, now }: { readonly entry: Checkpoint; readonly now: number }): JSX.Element {
  return (
    <ul class="tries">
      {entry.tries.map((each) => (
        <li key={each.number}>
          <span class="sign bad" aria-hidden="true">
            ✕
          </span>
          try {each.number} failed <Clock iso={each.at} now={now} />:{" "}
          <bdi class="message">{short(lineOf(each.error))}</bdi>
          <span class="hint">
            {" "}
            next <Clock iso={each.retryAt} now={now} />
          </span>
        </li>
      ))}
      {entry.error !== null && (
        <li>
          <span class="sign bad" aria-hidden="true">
            ✕
          </span>
          {entry.tries.length > 0 && `try ${entry.tries.length + 1} failed, the last: `}
          <bdi class="message">{short(lineOf(entry.error))}</bdi>
        </li>
      )}
    </ul>
  );
}

/** How long it took; for an event, nothing. */
function lengthText({ entry, span, isOpen }: Row): string {
  if (entry.kind === "event" || span === undefined) return "";
  const isGuess = entry.kind === "checkpoint" && isIdle(entry);
  return `${isGuess ? "≈ " : ""}${lengthOf(span.to - span.from)}${isOpen ? " …" : ""}`;
}

/** The line. */
export function Line({ runId, row, entries, scale, marks, now, isOpen, onToggle }: LineProps): JSX.Element {
  const { entry, depth, span } = row;
  const tries = entry.kind === "checkpoint" ? entry.tries : [];
  const fails = tries.map(({ at }) => Date.parse(at));
  const child = entry.kind === "checkpoint" ? entry.runId : undefined;
  return (
    <li class={entry.kind} style={{ "--depth": String(Math.min(depth, 12)) }}>
      <button type="button" class="line" aria-expanded={isOpen} onClick={onToggle}>
        <Name row={row} entries={entries} />
        <span class="length">{lengthText(row)}</span>
        <Bar scale={scale} span={span} look={lookOf(row)} isOpen={row.isOpen} fails={fails} marks={marks} />
      </button>
      {child !== undefined && (
        <p class="child">
          Run{" "}
          <Link to={runUrl(child)} class="mono">
            <Text>{child}</Text>
          </Link>
        </p>
      )}
      {entry.kind === "checkpoint" && (tries.length > 0 || entry.error !== null) && (
        <Tries entry={entry} now={now} />
      )}
      {isOpen && (
        <div class="details">
          <Details entry={entry} entries={entries} runId={runId} now={now} />
        </div>
      )}
    </li>
  );
}
