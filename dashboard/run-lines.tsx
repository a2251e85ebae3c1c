/** What a run has logged, by attempt and pass. It grows while the run goes on; out of CloudWatch only while somebody looks at it. */
import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LineRow } from "./api.ts";
import { Elsewhere } from "./elsewhere.tsx";
import { lineGroups, propertiesText } from "./line-groups.ts";
import { type LinesSeen, lookAtLines } from "./lines.ts";
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

/** Is it in the viewer's window, or nearly? */
function useInSight(): readonly [RefObject<HTMLElement | null>, boolean] {
  const element = useRef<HTMLElement>(null);
  const [isInSight, setInSight] = useState(false);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver((seen) => setInSight(seen.at(-1)?.isIntersecting === true), {
      rootMargin: "200px",
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, isInSight];
}

/** An account has few searches a second, for all who look. */
const pauseInCloudWatch = 8_000;

/** That there is nothing, and what that means. */
function NoLines({ seen, isCompleted }: { readonly seen: LinesSeen; readonly isCompleted: boolean }) {
  if (seen.lines.length > 0 || seen.isBroken) return null;
  if (seen.next !== undefined)
    return <p class="hint">Nothing was found yet: the search through CloudWatch has not come to its end.</p>;
  if (!isCompleted) return <p class="hint">Nothing has been logged yet.</p>;
  if (seen.again !== undefined && seen.place !== undefined)
    return <p class="hint">Nothing has come to CloudWatch yet: that takes some seconds.</p>;
  return <p class="hint">Nothing was logged.</p>;
}

interface FoundProps {
  readonly seen: LinesSeen;
  readonly onAgain: () => void;
}

/** Where lines lie in CloudWatch: that they do, or that they could not be read there. */
function InCloudWatch({ seen: { place, isBroken }, onAgain }: FoundProps): JSX.Element | null {
  if (place === undefined) return null;
  const where = (
    <Elsewhere {...place} what="What runs log">
      the lines of this run
    </Elsewhere>
  );
  if (!isBroken)
    return (
      <details>
        <summary>Read out of CloudWatch, where a line comes some seconds after it was logged</summary>
        {where}
      </details>
    );
  return (
    <>
      <p role="status">CloudWatch could not be searched now.</p>
      <button type="button" class="quiet" onClick={onAgain}>
        Look again
      </button>
      {where}
    </>
  );
}

/** The lines of a run. */
export function RunLines({ id, isCompleted, now }: LinesProps): JSX.Element {
  const [pages, setPages] = useState(1);
  const [section, isInSight] = useInSight();
  // Those that are there stay while more are asked for.
  const last = useRef<LinesSeen | undefined>(undefined);
  const isFound = last.current?.place !== undefined;
  const { value, problem, again } = useLooking(
    `${id} ${pages} ${isCompleted} ${isFound && isInSight}`,
    async (signal) => {
      const seen = await lookAtLines(id, last.current, pages, signal);
      if (!signal.aborted) last.current = seen;
      return seen;
    },
    (seen) => {
      if (seen.next !== undefined || seen.isBroken) return true;
      return seen.place === undefined ? isCompleted : seen.again === undefined || !isInSight;
    },
    (seen) => (seen.place === undefined ? 0 : pauseInCloudWatch),
  );
  const seen = value ?? last.current;
  return (
    <section class="panel lines" aria-label="Logs" ref={section}>
      <h2>Logs</h2>
      {problem !== undefined && <ProblemBox problem={problem} />}
      {seen !== undefined && <NoLines seen={seen} isCompleted={isCompleted} />}
      {lineGroups(seen?.lines ?? []).map(({ attempt, pass, lines }) => (
        <section key={lines[0]?.number} aria-label={`Attempt ${attempt}, pass ${pass}`}>
          <h3>
            Attempt {attempt} · pass {pass}
          </h3>
          <ol>
            {lines.map((line) => (
              <Line key={line.id ?? line.number} line={line} now={now} />
            ))}
          </ol>
        </section>
      ))}
      {seen?.next !== undefined && (
        <button type="button" class="quiet" onClick={() => setPages(pages + 1)}>
          {seen.lines.length === 0 ? "Search on" : "Show more lines"}
        </button>
      )}
      {seen !== undefined && <InCloudWatch seen={seen} onAgain={again} />}
    </section>
  );
}
