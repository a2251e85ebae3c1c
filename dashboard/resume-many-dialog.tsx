/** Putting all dead letters of a list back to work: what that would do, in groups, before it is done. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Resuming } from "./api.ts";
import { Problem } from "./call.ts";
import { Confirm } from "./confirm.tsx";
import { ProblemBox, Text } from "./parts.tsx";
import { Link, runUrl } from "./place.tsx";
import { CodeChoice, endText, words } from "./resume-dialog.tsx";
import { groupsOf, lettersOf, type PlanGroup, plansOf, resumeAll, runsMost } from "./resume-many.ts";

type Looked =
  | { readonly is: "looking"; readonly done: number; readonly of: number }
  | { readonly is: "planned"; readonly groups: readonly PlanGroup[]; readonly more: boolean }
  | { readonly is: "failed"; readonly problem: Problem };

const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(0, "", String(error), "Close this, and try again.");

const howOf = (code: Resuming["code"]): Resuming => ({ code, redo: [], keep: [] });

/** The plans of all that fit the filters, looked for anew for another code. */
function useGroups(filters: string, code: Resuming["code"]): Looked {
  const [looked, setLooked] = useState<Looked>({ is: "looking", done: 0, of: 0 });
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const set = (value: Looked): void => {
      if (!signal.aborted) setLooked(value);
    };
    const look = async (): Promise<Looked> => {
      const { ids, more } = await lettersOf(new URLSearchParams(filters), signal);
      const progress = (done: number, of: number): void => set({ is: "looking", done, of });
      return { is: "planned", groups: groupsOf(await plansOf(ids, howOf(code), { progress, signal })), more };
    };
    set({ is: "looking", done: 0, of: 0 });
    look().then(set, (error: unknown) => set({ is: "failed", problem: asProblem(error) }));
    return () => stop.abort();
  }, [filters, code]);
  return looked;
}

const runsText = (count: number): string => (count === 1 ? "1 run" : `${count} runs`);

interface GroupProps {
  readonly group: PlanGroup;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

/** So many runs of a group are named. */
const named = 3;

function Group({ group, isChosen, onChoose }: GroupProps): JSX.Element {
  const { plan, runs, isClear, without } = group;
  const made = plan?.rows.filter(({ what }) => what !== "reused") ?? [];
  return (
    <li>
      <label>
        <input type="checkbox" checked={isChosen} disabled={!isClear} onChange={onChoose} />{" "}
        <strong>{runsText(runs.length)}</strong>
        {plan !== undefined && (
          <>
            {" of "}
            <Text>{plan.task}</Text>
          </>
        )}
      </label>
      {!isClear && <p class="bad">Something has to be decided: resume each of them on its own page.</p>}
      {without !== undefined && (
        <p class="hint">
          No plan: <Text>{without}</Text>
        </p>
      )}
      <ul>
        {made.map((row) => (
          <li key={`${row.what} ${row.key}`}>
            {words[row.what]} <Text>{row.name}</Text>{" "}
            <span class="hint">
              <Text>{row.file === "" ? "" : `${row.file}:${row.line}`}</Text>
            </span>
          </li>
        ))}
      </ul>
      {plan !== undefined && (
        <p class="hint">
          <Text>{endText(plan)}</Text>
        </p>
      )}
      <p class="hint">
        {runs.slice(0, named).map((id) => (
          <Link key={id} to={runUrl(id)} class="mono">
            <Text>{id}</Text>
          </Link>
        ))}
        {runs.length > named && ` and ${runs.length - named} more`}
      </p>
    </li>
  );
}

function leftOver(left: readonly (readonly [string, string])[], of: number): Problem {
  const shown = left.slice(0, 5).map(([id, why]) => `${id}: ${why}`);
  const more = left.length > shown.length ? ` … and ${left.length - shown.length} more` : "";
  return new Problem(
    0,
    "",
    `${left.length} of ${runsText(of)} do not go on.`,
    `The others do. ${shown.join(" ")}${more}`,
  );
}

function Groups({
  looked,
  left,
  onToggle,
}: {
  readonly looked: Extract<Looked, { is: "planned" }>;
  readonly left: ReadonlySet<string>;
  readonly onToggle: (kind: string) => void;
}): JSX.Element {
  return (
    <section class="plan" aria-label="Plans">
      {looked.groups.length === 0 && <p>There is no dead letter that fits these filters.</p>}
      {looked.more && <p>These are the newest {runsMost.toLocaleString()}; there are more behind them.</p>}
      <ul>
        {looked.groups.map((group) => (
          <Group
            key={group.kind}
            group={group}
            isChosen={group.isClear && !left.has(group.kind)}
            onChoose={() => onToggle(group.kind)}
          />
        ))}
      </ul>
    </section>
  );
}

interface AskProps {
  /** The list's filters, as the API has them. */
  readonly filters: URLSearchParams;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Aborts when the dialog is closed. */
function useClosed(): AbortSignal {
  const { current: closed } = useRef(new AbortController());
  useEffect(() => () => closed.abort(), []);
  return closed.signal;
}

/** Asks, with the plans. */
export function AskResumeMany({ filters, onDone, onClose }: AskProps): JSX.Element {
  const [code, setCode] = useState<Resuming["code"]>("newest");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [done, setDone] = useState<readonly [number, number]>();
  const signal = useClosed();
  const looked = useGroups(String(filters), code);
  const groups = looked.is === "planned" ? looked.groups : [];
  const chosen = groups.filter(({ kind, isClear }) => isClear && !left.has(kind)).flatMap(({ runs }) => runs);
  const resume = async (): Promise<void> => {
    const progress = (count: number, of: number): void => setDone([count, of]);
    const refused = await resumeAll(chosen, howOf(code), { progress, signal });
    onDone();
    if (refused.length > 0) throw leftOver(refused, chosen.length);
  };
  const toggle = (kind: string): void =>
    setLeft(
      (before) => new Set(before.has(kind) ? [...before].filter((each) => each !== kind) : [...before, kind]),
    );
  return (
    <Confirm
      title="Resume these dead letters?"
      action={`Resume ${runsText(chosen.length)}`}
      isReady={chosen.length > 0}
      onConfirm={resume}
      onClose={onClose}
    >
      <p>Each goes on behind its last checkpoint. What is recorded is kept, and not done again.</p>
      <CodeChoice code={code} onCode={setCode} />
      <div aria-live="polite">
        {looked.is === "looking" && (
          <p class="hint">Looking ahead{looked.of > 0 && `: ${looked.done} of ${looked.of}`}…</p>
        )}
        {done !== undefined && (
          <p class="hint">
            Resumed {done[0]} of {done[1]}.
          </p>
        )}
      </div>
      {looked.is === "planned" && <Groups looked={looked} left={left} onToggle={toggle} />}
      {looked.is === "failed" && <ProblemBox problem={looked.problem} />}
    </Confirm>
  );
}
