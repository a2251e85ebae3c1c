/** One run: what became of it, what can be done about it, its values, and its tree. It grows while the run goes on. */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { api, type RunDetails, type RunRow, type TreeSeen } from "./api.ts";
import type { Problem } from "./call.ts";
import { Age, Clock, ErrorBox, Fact, LargeValue, ProblemBox, Status, Text, Value } from "./parts.tsx";
import { Link, listUrl, runUrl } from "./place.tsx";
import { useLooking } from "./polling.ts";
import { RunActions } from "./run-actions.tsx";
import { RunLines } from "./run-lines.tsx";
import { RunTree } from "./run-tree.tsx";
import { Cost, Waits } from "./run-waits.tsx";
import { lengthOf } from "./times.ts";
import { waitingText } from "./waiting.ts";

function took({ startedAt, finishedAt }: RunRow, now: number): string {
  if (startedAt === undefined) return "not begun";
  return lengthOf((finishedAt === undefined ? now : Date.parse(finishedAt)) - Date.parse(startedAt));
}

function RunLink({ run }: { readonly run: RunRow }): JSX.Element {
  return (
    <Link to={runUrl(run.id)}>
      <Text>{run.taskIdentifier}</Text>
    </Link>
  );
}

/** What is said of some runs only. */
function RareFacts({ run, now }: { readonly run: RunDetails; readonly now: number }): JSX.Element {
  const { parent, root } = run.relatedRuns;
  const waiting = waitingText(run);
  return (
    <>
      {run.status === "WAITING" && waiting !== undefined && <Fact name="Waiting">{waiting}</Fact>}
      {run.delayedUntil !== undefined && (
        <Fact name="Not before">
          <Age iso={run.delayedUntil} now={now} />
        </Fact>
      )}
      {parent !== undefined && (
        <Fact name="Parent">
          <RunLink run={parent} />
        </Fact>
      )}
      {root !== undefined && root.id !== parent?.id && root.id !== run.id && (
        <Fact name="Root">
          <RunLink run={root} />
        </Fact>
      )}
      {run.forkOf !== undefined && (
        <Fact name="Fork of">
          <Link to={runUrl(run.forkOf.id)}>
            <Text>{run.forkOf.id}</Text>
          </Link>{" "}
          <span class="hint">up to record {run.forkOf.number}</span>
        </Fact>
      )}
      {run.idempotencyKey !== undefined && (
        <Fact name="Idempotency key">
          <Text>{run.idempotencyKey}</Text>
        </Fact>
      )}
      {run.ttl !== undefined && <Fact name="Time to live">{run.ttl}</Fact>}
      {run.tags.length > 0 && (
        <Fact name="Tags">
          {run.tags.map((tag) => (
            <span key={tag} class="tag">
              <Text>{tag}</Text>
            </span>
          ))}
        </Fact>
      )}
    </>
  );
}

/** Which version of the secrets it is on, and which one was gone. */
function Secrets({ run, now }: { readonly run: RunDetails; readonly now: number }): JSX.Element | null {
  const { secretVersion, secretReplaced } = run;
  if (secretVersion === undefined && secretReplaced === undefined) return null;
  return (
    <Fact name="Secrets">
      <span class="mono">
        <Text>{secretVersion ?? "none"}</Text>
      </span>
      {secretReplaced !== undefined && (
        <span class="hint">
          {" "}
          in place of version <Text>{secretReplaced.version}</Text>, which was gone{" "}
          <Age iso={secretReplaced.at} now={now} />
        </span>
      )}
    </Fact>
  );
}

interface FactsProps {
  readonly run: RunDetails;
  readonly tree: TreeSeen;
  readonly now: number;
}

function Facts({ run, tree, now }: FactsProps): JSX.Element {
  return (
    <dl class="facts">
      <Fact name="Created">
        <Clock iso={run.createdAt} now={now} /> · <Age iso={run.createdAt} now={now} />
      </Fact>
      {run.startedAt !== undefined && (
        <Fact name="Started">
          <Clock iso={run.startedAt} now={now} />
        </Fact>
      )}
      {run.finishedAt !== undefined && (
        <Fact name="Finished">
          <Clock iso={run.finishedAt} now={now} />
        </Fact>
      )}
      <Fact name="Took">
        {took(run, now)} <span class="hint">({lengthOf(run.durationMs)} of work)</span>
      </Fact>
      <Fact name="Attempts">{run.attemptCount}</Fact>
      <Cost cost={tree.cost} />
      <RareFacts run={run} now={now} />
      <Waits run={run} awaits={tree.awaits} now={now} />
      {run.queue !== undefined && (
        <Fact name="Queue">
          <Link to={listUrl(new URLSearchParams([["queue", run.queue]]))}>
            <Text>{run.queue}</Text>
          </Link>
        </Fact>
      )}
      <Fact name="Code version">
        <span class="mono">
          <Text>{run.version}</Text>
        </span>
      </Fact>
      <Secrets run={run} now={now} />
    </dl>
  );
}

interface ValueProps {
  readonly name: string;
  readonly value: unknown;
  readonly url: string | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

function RunValue({ name, value, url, error }: ValueProps): JSX.Element {
  const text = JSON.stringify(value, undefined, 2) as string | undefined;
  return (
    <section class="panel" aria-label={name}>
      <h2>{name}</h2>
      {url !== undefined && <LargeValue url={url} />}
      {error !== undefined && <p class="hint">It cannot be shown: {error.message}</p>}
      {url === undefined && error === undefined && text === undefined && <p class="hint">None.</p>}
      {text !== undefined && <Value text={text} label={name} />}
    </section>
  );
}

function Values({ run }: { readonly run: RunDetails }): JSX.Element {
  return (
    <div class="pair">
      <RunValue name="Payload" value={run.payload} url={run.payloadPresignedUrl} error={run.payloadError} />
      {run.status === "COMPLETED" && (
        <RunValue name="Output" value={run.output} url={run.outputPresignedUrl} error={run.outputError} />
      )}
      {run.metadata !== undefined && (
        <RunValue name="Metadata" value={run.metadata} url={undefined} error={undefined} />
      )}
    </div>
  );
}

interface PageProps {
  readonly id: string;
  readonly query: URLSearchParams;
}

/** No run has come yet, or none comes. */
function NotSeen({ problem }: { readonly problem: Problem | undefined }): JSX.Element {
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Run</h1>
      </div>
      {problem === undefined ? <p class="empty">Loading…</p> : <ProblemBox problem={problem} />}
      <p>
        <Link to="/runs">All runs</Link>
      </p>
    </>
  );
}

/** What was seen with one look. */
interface Seen {
  readonly run: RunDetails;
  readonly tree: TreeSeen;
}

/** The page. */
export function RunPage({ id, query }: PageProps): JSX.Element {
  const [pages, setPages] = useState(1);
  const last = useRef<Seen | undefined>(undefined);
  const {
    value: seen,
    problem,
    again,
  } = useLooking(
    `${id} ${pages}`,
    async (signal) => {
      const run = await api.run(id, signal);
      const tree = last.current?.tree;
      // The next page comes behind those that are there; a look at all of them, whose state may change, is the next one's.
      const isMore = tree?.next !== undefined && pages > tree.pages;
      return { run, tree: await api.tree(id, pages, signal, isMore ? tree : undefined) };
    },
    ({ run }) => run.isCompleted,
  );
  // What is there stays, and stays where it is, while more checkpoints are asked for.
  last.current = seen ?? last.current;
  const value = last.current;
  const now = Date.now();
  if (value === undefined) return <NotSeen problem={problem} />;
  const { run, tree } = value;
  return (
    <>
      <div class="heading">
        <div>
          <p class="crumb">
            <Link to={listUrl(new URLSearchParams([["task", run.taskIdentifier]]))}>Runs of this task</Link>
          </p>
          <h1 tabIndex={-1}>
            <Text>{run.taskIdentifier}</Text> <Status status={run.status} />
          </h1>
          <p class="mono hint">
            <Text>{run.id}</Text>
          </p>
        </div>
        <RunActions run={run} onDone={again} />
      </div>
      {problem !== undefined && <ProblemBox problem={problem} />}
      {run.error !== undefined && <ErrorBox error={run.error} title="Error of the run" />}
      <Facts run={run} tree={tree} now={now} />
      <RunTree run={run} entries={tree.entries} query={query} now={now} />
      {tree.next !== undefined && (
        <button type="button" class="quiet" onClick={() => setPages(pages + 1)}>
          Show more checkpoints
        </button>
      )}
      <Values run={run} />
      <RunLines key={run.id} id={run.id} isCompleted={run.isCompleted} now={now} />
    </>
  );
}
