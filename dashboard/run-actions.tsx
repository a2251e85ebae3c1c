/** What can be done about a run: cancel it, put a dead letter back to work, start another one like it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type RunDetails } from "./api.ts";
import { Confirm } from "./confirm.tsx";
import { Text } from "./parts.tsx";
import { Link } from "./place.tsx";
import { AskResume } from "./resume-dialog.tsx";
import { isDeadLetter } from "./statuses.ts";

/** Something that is asked about a run. */
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
