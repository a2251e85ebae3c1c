/** What a run has logged, by attempt and pass. It grows while the run goes on; in AWS it says where the lines are. */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { api, type LineRow, type Lines } from "./api.ts";
import { Elsewhere } from "./elsewhere.tsx";
import { lineGroups, propertiesText } from "./line-groups.ts";
import { Clock, ProblemBox, Text } from "./parts.tsx";
import { useLooking } from "./polling.ts";

const tones: Readonly<Record<LineRow["level"], string>> = {
  debug: "quiet",
  log: "quiet",
  info: "busy",
  warn: "wait",
  error: "bad",
};

function Line({ line, now }: { readonly line: LineRow; readonly now: number }): JSX.Element {
  const properties = propertiesText(line);
  return (
    <li>
      <Clock iso={line.time} now={now} />
      <span class={`level ${tones[line.level]}`}>{line.level}</span>
      <span class="said">
        {line.try !== undefined && <span class="tag">try {line.try}</span>}
        <span class="message">
          <Text>{line.message}</Text>
        </span>
        {properties !== undefined && (
          <code>
            <Text>{properties}</Text>
          </code>
        )}
        {line.isCut && <span class="hint">The rest of this line was too long to be kept.</span>}
      </span>
    </li>
  );
}

interface LinesProps {
  readonly id: string;
  /** Changes when the run has ended, or goes on after all: then the lines are looked at anew. */
  readonly isCompleted: boolean;
  readonly now: number;
}

/** The lines of a run. */
export function RunLines({ id, isCompleted, now }: LinesProps): JSX.Element {
  const [pages, setPages] = useState(1);
  const { value, problem } = useLooking(
    `${id} ${pages} ${isCompleted}`,
    (signal) => api.lines(id, pages, signal),
    (seen) => isCompleted || "query" in seen,
  );
  // Those that are there stay while more are asked for.
  const last = useRef<Lines | undefined>(undefined);
  last.current = value ?? last.current;
  const seen = last.current;
  return (
    <section class="panel lines" aria-label="Logs">
      <h2>Logs</h2>
      {problem !== undefined && <ProblemBox problem={problem} />}
      {seen !== undefined && "query" in seen && (
        <Elsewhere {...seen} what="What runs log">
          the lines of this run
        </Elsewhere>
      )}
      {seen !== undefined && "lines" in seen && seen.lines.length === 0 && (
        <p class="hint">{isCompleted ? "Nothing was logged." : "Nothing has been logged yet."}</p>
      )}
      {seen !== undefined &&
        "lines" in seen &&
        lineGroups(seen.lines).map(({ attempt, pass, lines }) => (
          <section key={lines[0]?.number} aria-label={`Attempt ${attempt}, pass ${pass}`}>
            <h3>
              Attempt {attempt} · pass {pass}
            </h3>
            <ol>
              {lines.map((line) => (
                <Line key={line.number} line={line} now={now} />
              ))}
            </ol>
          </section>
        ))}
      {seen !== undefined && "lines" in seen && seen.more && (
        <button type="button" class="quiet" onClick={() => setPages(pages + 1)}>
          Show more lines
        </button>
      )}
    </section>
  );
}
