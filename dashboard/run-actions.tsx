/** What can be done about a run: cancel it, put a dead letter back to work, start another one like it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type RunDetails } from "./api.ts";
import { Confirm } from "./confirm.tsx";
import { Text } from "./parts.tsx";
import { Link } from "./place.tsx";
import { isDeadLetter } from "./statuses.ts";

interface Asked {
  readonly run: RunDetails;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function AskCancel({ run, onDone, onClose }: Asked): JSX.Element {
  const cancel = async (): Promise<void> => {
    await api.cancel(run.id);
    onDone();
  };
  return (
    <Confirm title="Cancel this run?" action="Cancel the run" danger onConfirm={cancel} onClose={onClose}>
      <p>
        <Text>{run.taskIdentifier}</Text>: what it awaits is rejected once, and its <code>catch</code> and{" "}
        <code>finally</code> may tidy up for a minute. Its child runs are canceled too.
      </p>
    </Confirm>
  );
}

function AskResume({ run, onDone, onClose }: Asked): JSX.Element {
  const [code, setCode] = useState<"newest" | "same">("newest");
  const resume = async (): Promise<void> => {
    await api.resume(run.id, code);
    onDone();
  };
  const choice = (value: "newest" | "same", name: string): JSX.Element => (
    <label>
      <input
        type="radio"
        name="code"
        value={value}
        checked={code === value}
        onChange={() => setCode(value)}
      />
      {name}
    </label>
  );
  return (
    <Confirm title="Resume this run?" action="Resume the run" onConfirm={resume} onClose={onClose}>
      <p>It goes on behind its last checkpoint. What is recorded is kept, and not done again.</p>
      <fieldset>
        <legend>On which code</legend>
        {choice("newest", "The newest: for a bug that is fixed")}
        {choice("same", "The same as before: for a service that is back")}
      </fieldset>
    </Confirm>
  );
}

interface ActionsProps {
  readonly run: RunDetails;
  readonly onDone: () => void;
}

/** The buttons. */
export function RunActions({ run, onDone }: ActionsProps): JSX.Element {
  const [asked, setAsked] = useState<"cancel" | "resume">();
  const close = (): void => setAsked(undefined);
  const likeThis = new URLSearchParams([
    ["task", run.taskIdentifier],
    ["from", run.id],
  ]);
  return (
    <div class="buttons">
      <Link to={`/trigger?${likeThis}`} class="button quiet">
        Run again …
      </Link>
      {isDeadLetter(run.status) && (
        <button type="button" class="primary" onClick={() => setAsked("resume")}>
          Resume …
        </button>
      )}
      {!run.isCompleted && (
        <button type="button" class="danger" onClick={() => setAsked("cancel")}>
          Cancel …
        </button>
      )}
      {asked === "cancel" && <AskCancel run={run} onDone={onDone} onClose={close} />}
      {asked === "resume" && <AskResume run={run} onDone={onDone} onClose={close} />}
    </div>
  );
}
