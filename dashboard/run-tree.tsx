/**
 * The tree of a run beside its timeline: a line for each checkpoint, frame and event, with a bar for the time it took.
 *
 * Owns: which line is open (in the URL), and moving between lines with the arrow keys.
 */
import type { JSX, TargetedKeyboardEvent } from "preact";
import type { TreeEntry } from "../sdk/tree-entry.ts";
import type { RunDetails } from "./api.ts";
import { go, runUrl } from "./place.tsx";
import { Block, blocksOf } from "./seen-block.tsx";
import { timeScale } from "./time-scale.ts";
import { TimeAxis } from "./timeline.tsx";
import { Line } from "./tree-line.tsx";
import { busySpans, type Row, rowsOf, withBegins } from "./tree-shape.ts";
import { waitingText } from "./waiting.ts";

interface TreeProps {
  readonly run: RunDetails;
  readonly entries: readonly TreeEntry[];
  readonly query: URLSearchParams;
  readonly now: number;
}

/** What goes on now, and has left no record yet. */
function goingOn(run: RunDetails): string | undefined {
  switch (run.status) {
    case "EXECUTING":
      return "Working: what is being awaited shows once it has settled or failed.";
    case "WAITING":
      return `Waiting ${waitingText(run) ?? "for something"}. No process is kept for it.`;
    case "QUEUED":
    case "DEQUEUED":
      return "Queued: it goes on as soon as there is room.";
    case "DELAYED":
      return "Delayed: it has not begun.";
    default:
      return undefined;
  }
}

/** Up, down, first and last move between lines; each is a button, so Tab and Enter do as they do everywhere. */
function move(event: TargetedKeyboardEvent<HTMLElement>): void {
  const lines = [...event.currentTarget.querySelectorAll<HTMLElement>("button.line")];
  const at = lines.indexOf(document.activeElement as HTMLElement);
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: lines.length - 1,
  };
  const target = targets[event.key];
  if (at < 0 || target === undefined) return;
  event.preventDefault();
  const next = lines[Math.min(Math.max(target, 0), lines.length - 1)];
  const isStep = event.key.startsWith("Arrow");
  const beside = event.key === "ArrowDown" ? "nextElementSibling" : "previousElementSibling";
  const block = lines[at]?.closest("ol");
  // The block between is not drawn yet: it is, once it is in sight.
  if (isStep && next?.closest("ol") !== block && next?.closest("ol") !== block?.[beside])
    block?.[beside]?.scrollIntoView({ block: "nearest" });
  else next?.focus();
}

function wholeSpan(run: RunDetails, rows: readonly Row[], now: number) {
  const begins = [run.startedAt ?? run.createdAt].map((iso) => Date.parse(iso));
  const ends = [run.finishedAt === undefined ? now : Date.parse(run.finishedAt)];
  for (const { span } of rows) {
    if (span === undefined) continue;
    begins.push(span.from);
    ends.push(span.to);
  }
  return { from: Math.min(...begins), to: Math.max(...ends) };
}

/** The tree. */
export function RunTree({ run, entries: told, query, now }: TreeProps): JSX.Element {
  const entries = withBegins(told, Date.parse(run.startedAt ?? run.createdAt));
  const rows = rowsOf(entries, run.finishedAt === undefined ? now : Date.parse(run.finishedAt));
  const whole = wholeSpan(run, rows, now);
  const scale = timeScale(busySpans(rows), whole);
  const marks = entries.flatMap((entry) => (entry.kind === "event" ? [scale.at(Date.parse(entry.at))] : []));
  const open = query.get("entry");
  const toggle = (id: string): void => {
    const url = id === open ? runUrl(run.id) : `${runUrl(run.id)}?${new URLSearchParams([["entry", id]])}`;
    go(url, "replace");
  };
  const current = goingOn(run);
  const count = entries.filter(({ kind }) => kind === "checkpoint").length;
  return (
    <section class="panel tree" aria-label="Checkpoints">
      <div class="tree-head">
        <h2>
          Checkpoints <span class="hint">{count.toLocaleString()}</span>
        </h2>
        <TimeAxis scale={scale} whole={whole} />
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys move between its buttons, which are what is used */}
      <div class="entries" onKeyDown={move}>
        {blocksOf(rows).map((block, index, all) => (
          <Block
            key={block[0]?.entry.id}
            count={block.length}
            isKept={index === 0 || index === all.length - 1 || block.some(({ entry }) => entry.id === open)}
          >
            {() =>
              block.map((row) => (
                <Line
                  key={row.entry.id}
                  runId={run.id}
                  row={row}
                  entries={entries}
                  scale={scale}
                  marks={marks}
                  now={now}
                  isOpen={row.entry.id === open}
                  onToggle={() => toggle(row.entry.id)}
                />
              ))
            }
          </Block>
        ))}
        {current !== undefined && (
          <ol>
            <li class="going-on">
              <span class="pulse" aria-hidden="true" />
              {current}
            </li>
          </ol>
        )}
      </div>
      {rows.length === 0 && current === undefined && (
        <p class="empty">Nothing was awaited: the run left no checkpoints.</p>
      )}
    </section>
  );
}
