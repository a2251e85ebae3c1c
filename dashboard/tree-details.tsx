/** A line of a run's tree, opened: all that is known of a checkpoint, an event or a function's call, and a fork from there. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Checkpoint, Frame, RunHappening, TreeEntry } from "../sdk/tree-entry.ts";
import { api } from "./api.ts";
import { Confirm } from "./confirm.tsx";
import { Clock, ErrorBox, Fact, Text, Value } from "./parts.tsx";
import { go, runUrl } from "./place.tsx";
import { short } from "./shown.ts";
import { placeText } from "./tree-shape.ts";

/** How a checkpoint stands, as a sign and in words. */
export const stands: Readonly<Record<Checkpoint["status"], readonly [string, string, string]>> = {
  COMPLETED: ["✓", "completed", "good"],
  FAILED: ["✕", "failed", "bad"],
  RETRYING: ["↻", "a try failed, the next is due", "retry"],
  WAITING: ["…", "its run has not ended", "wait"],
  HANDLE: ["◇", "a live value, made again in each pass", "handle"],
  REJECTED: ["⊘", "it succeeded, but the code rejected the result, so it was made again", "rejected"],
};

/** A new run that begins with what is recorded up to here. */
function Fork({ runId, entry }: { readonly runId: string; readonly entry: Checkpoint }): JSX.Element {
  const [isAsked, setAsked] = useState(false);
  const fork = async (): Promise<void> => {
    const { id } = await api.fork(runId, entry.id);
    go(runUrl(id));
  };
  return (
    <div class="buttons">
      <button type="button" class="quiet" onClick={() => setAsked(true)}>
        Fork from here …
      </button>
      {isAsked && (
        <Confirm
          title="Start a new run from here?"
          action="Start the fork"
          onConfirm={fork}
          onClose={() => setAsked(false)}
        >
          <p>
            It begins with what is recorded up to and with <Text>{entry.name}</Text>, and goes on by itself on
            the newest code. What comes behind is made again: charges, mails and the like happen once more.
            This run stays as it is.
          </p>
        </Confirm>
      )}
    </div>
  );
}

function CheckpointDetails({
  entry,
  runId,
  now,
}: {
  readonly entry: Checkpoint;
  readonly runId: string;
  readonly now: number;
}): JSX.Element {
  const kept = entry.output === null && entry.outputBytes !== null;
  return (
    <>
      <dl class="facts">
        {entry.startedAt !== null && (
          <Fact name="Started">
            <Clock iso={entry.startedAt} now={now} />
          </Fact>
        )}
        {entry.finishedAt !== null && (
          <Fact name="Recorded">
            <Clock iso={entry.finishedAt} now={now} />
          </Fact>
        )}
        <Fact name="State">{stands[entry.status][1]}</Fact>
        <Fact name="Number in the journal">{entry.number}</Fact>
        {entry.outputBytes !== null && <Fact name="Size">{entry.outputBytes.toLocaleString()} bytes</Fact>}
      </dl>
      {entry.finishedAt !== null && <Fork runId={runId} entry={entry} />}
      {entry.input !== null && <Labelled name="Input" text={entry.input} />}
      {entry.output !== null && <Labelled name="Result" text={entry.output} />}
      {kept && <p class="hint">The result is kept apart; its beginning cannot be shown.</p>}
      {entry.error !== null && <ErrorBox error={entry.error} title="Error" />}
      {entry.tries.map((each) => (
        <ErrorBox key={each.number} error={each.error} title={`Error of try ${each.number}`} />
      ))}
    </>
  );
}

function Labelled({ name, text }: { readonly name: string; readonly text: string }): JSX.Element {
  return (
    <div class="labelled">
      <h3>{name}</h3>
      <Value text={text} label={name} />
    </div>
  );
}

function nameOfEntry(id: string, entries: readonly TreeEntry[]): string {
  const found = entries.find((entry) => entry.id === id);
  return found === undefined || found.kind === "event" ? id : `${found.name} ${placeText(found)}`;
}

function EventDetails({
  entry,
  entries,
}: {
  readonly entry: RunHappening;
  readonly entries: readonly TreeEntry[];
}) {
  const rejects = entry.rejects ?? [];
  return (
    <>
      {entry.codeVersion !== undefined && (
        <p class="hint">
          Code <Text>{entry.codeVersion}</Text>
        </p>
      )}
      {rejects.length > 0 && (
        <>
          <p>Made again because of it:</p>
          <ul>
            {rejects.map((id) => (
              <li key={id}>
                <bdi>{short(nameOfEntry(id, entries))}</bdi>
              </li>
            ))}
          </ul>
        </>
      )}
      {entry.error !== undefined && <ErrorBox error={entry.error} title="Error of the attempt" />}
    </>
  );
}

function FrameDetails({ entry }: { readonly entry: Frame }): JSX.Element {
  if (entry.input !== null) return <Labelled name="Arguments" text={entry.input} />;
  return (
    <p class="hint">A call of one of your own functions: it has no record of its own, its awaits have.</p>
  );
}

interface DetailsProps {
  readonly entry: TreeEntry;
  readonly entries: readonly TreeEntry[];
  readonly runId: string;
  readonly now: number;
}

/** All that is known of an entry. */
export function Details({ entry, entries, runId, now }: DetailsProps): JSX.Element {
  switch (entry.kind) {
    case "checkpoint":
      return <CheckpointDetails entry={entry} runId={runId} now={now} />;
    case "event":
      return <EventDetails entry={entry} entries={entries} />;
    case "frame":
      return <FrameDetails entry={entry} />;
  }
}
