/** Putting a dead letter back to work: what that would do with each checkpoint, said before it is done; what only people can decide is asked. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PlanRow, ResumePlan } from "../engine/plan.ts";
import { api, type Resuming, type RunDetails } from "./api.ts";
import { Problem } from "./call.ts";
import { Confirm } from "./confirm.tsx";
import { ProblemBox, Text } from "./parts.tsx";
import { placeText } from "./tree-shape.ts";

/** What becomes of a checkpoint. */
export const words: Readonly<Record<PlanRow["what"], string>> = {
  reused: "reused",
  again: "made again",
  new: "new",
  conflict: "to be decided",
  orphan: "left over",
  unknown: "not known yet",
};

type Looked =
  | { readonly is: "looking" }
  | { readonly is: "planned"; readonly plan: ResumePlan }
  | { readonly is: "unplanned"; readonly problem: Problem };

/** The plan, looked for anew whenever something else is decided. */
function usePlan(id: string, how: Resuming): Looked {
  const [looked, setLooked] = useState<Looked>({ is: "looking" });
  const key = JSON.stringify(how);
  useEffect(() => {
    const stop = new AbortController();
    setLooked({ is: "looking" });
    api.plan(id, JSON.parse(key) as Resuming, stop.signal).then(
      (plan) => setLooked({ is: "planned", plan }),
      (error: unknown) => {
        if (error instanceof Problem) setLooked({ is: "unplanned", problem: error });
      },
    );
    return () => stop.abort();
  }, [id, key]);
  return looked;
}

interface RowProps {
  readonly row: PlanRow;
  readonly onDecide: (key: string, what: "redo" | "keep") => void;
}

function PlanLine({ row, onDecide }: RowProps): JSX.Element {
  return (
    <li>
      <strong class={row.what === "conflict" ? "bad" : ""}>{words[row.what]}</strong> <Text>{row.name}</Text>{" "}
      <span class="hint">{row.file !== "" && <Text>{placeText(row)}</Text>}</span>
      <p class="hint">
        <Text>{row.why}</Text>
      </p>
      {row.what === "conflict" && (
        <div class="buttons">
          {(["redo", "keep"] as const).map((what) => (
            <button key={what} type="button" class="quiet" onClick={() => onDecide(row.key, what)}>
              {what === "redo" ? "Make it again" : "Keep what is recorded"}
            </button>
          ))}
        </div>
      )}
    </li>
  );
}

/** How the run would end, as far as it can be told. */
export function endText({ ends, stopped }: ResumePlan): string {
  if (ends?.how === "completes") return "Then it completes.";
  if (ends?.how === "fails") return `Then it fails again: ${ends.error}`;
  return stopped === undefined ? "" : `Looked ahead up to ${stopped.name}: ${stopped.because}`;
}

function Plan({ plan, onDecide }: { plan: ResumePlan; onDecide: RowProps["onDecide"] }): JSX.Element {
  const others = plan.rows.filter(({ what }) => what !== "reused");
  return (
    <section class="plan" aria-label="Plan">
      <p>
        {plan.counts.reused} recorded {plan.counts.reused === 1 ? "checkpoint is" : "checkpoints are"} reused.
      </p>
      <ul>
        {others.map((row) => (
          <PlanLine key={`${row.what} ${row.key}`} row={row} onDecide={onDecide} />
        ))}
      </ul>
      <p>
        <Text>{endText(plan)}</Text>
      </p>
    </section>
  );
}

interface CodeProps {
  readonly code: Resuming["code"];
  readonly onCode: (code: Resuming["code"]) => void;
}

/** The question on which code runs go on. */
export function CodeChoice({ code, onCode }: CodeProps): JSX.Element {
  const choices = [
    ["newest", "The newest: for a bug that is fixed"],
    ["same", "The same as before: for a service that is back"],
  ] as const;
  return (
    <fieldset>
      <legend>On which code</legend>
      {choices.map(([value, name]) => (
        <label key={value}>
          <input
            type="radio"
            name="code"
            value={value}
            checked={code === value}
            onChange={() => onCode(value)}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

interface AskProps {
  readonly run: RunDetails;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks, with the plan. */
export function AskResume({ run, onDone, onClose }: AskProps): JSX.Element {
  const [how, setHow] = useState<Resuming>({ code: "newest", redo: [], keep: [] });
  const looked = usePlan(run.id, how);
  const resume = async (): Promise<void> => {
    await api.resume(run.id, how);
    onDone();
  };
  const decide = (key: string, what: "redo" | "keep"): void =>
    setHow((before) => ({ ...before, [what]: [...before[what], key] }));
  return (
    <Confirm title="Resume this run?" action="Resume the run" onConfirm={resume} onClose={onClose}>
      <p>It goes on behind its last checkpoint. What is recorded is kept, and not done again.</p>
      {/* Another code is another plan: what was decided for the one says nothing about the other. */}
      <CodeChoice code={how.code} onCode={(code) => setHow({ code, redo: [], keep: [] })} />
      {looked.is === "looking" && <p class="hint">Looking ahead…</p>}
      {looked.is === "planned" && <Plan plan={looked.plan} onDecide={decide} />}
      {looked.is === "unplanned" && <ProblemBox problem={looked.problem} />}
    </Confirm>
  );
}
