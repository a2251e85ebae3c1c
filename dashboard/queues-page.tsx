/** The queues: how much waits, how much is at work, what limits them; they can be paused, and given another limit. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type NumberedPage, type QueueRow } from "./api.ts";
import { Confirm } from "./confirm.tsx";
import { ListFrame, numberedPages, pageOf, Table } from "./list-frame.tsx";
import { Text } from "./parts.tsx";
import { Link } from "./place.tsx";
import { useLooking } from "./polling.ts";
import { lengthOf } from "./times.ts";

type Asked = { readonly what: "pause" | "resume" | "limit"; readonly queue: QueueRow };

interface AskProps {
  readonly queue: QueueRow;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function AskPause({ queue, onDone, onClose }: AskProps): JSX.Element {
  const pause = async (): Promise<void> => {
    await api.pauseQueue(queue.id, "pause");
    onDone();
  };
  return (
    <Confirm title="Pause this queue?" action="Pause the queue" danger onConfirm={pause} onClose={onClose}>
      <p>
        <Text>{queue.id}</Text>: none of its runs begins, and none that waits goes on, until it is resumed.
        What is at work goes on.
      </p>
    </Confirm>
  );
}

function AskResume({ queue, onDone, onClose }: AskProps): JSX.Element {
  const resume = async (): Promise<void> => {
    await api.pauseQueue(queue.id, "resume");
    onDone();
  };
  return (
    <Confirm title="Resume this queue?" action="Resume the queue" onConfirm={resume} onClose={onClose}>
      <p>
        <Text>{queue.id}</Text>: {queue.queued ?? "what"} waiting {queue.queued === 1 ? "run" : "runs"} may
        begin.
      </p>
    </Confirm>
  );
}

function AskLimit({ queue, onDone, onClose }: AskProps): JSX.Element {
  const { current, base } = queue.concurrency;
  const [limit, setLimit] = useState(current === null ? "" : String(current));
  const set = async (): Promise<void> => {
    // An empty field asks for what the code says. The server says what a limit may be.
    if (limit.trim() === "") await api.resetQueue(queue.id);
    else await api.limitQueue(queue.id, Number(limit));
    onDone();
  };
  return (
    <Confirm title="Another limit" action="Set the limit" onConfirm={set} onClose={onClose}>
      <p>
        It counts in place of the code's, whatever is deployed, until it is taken back. The code says:{" "}
        {base ?? "no limit"}.
      </p>
      <label for="limit">Runs at work at once, for each concurrency key (empty: the code's)</label>
      <input
        id="limit"
        type="number"
        min={0}
        value={limit}
        onInput={({ currentTarget }) => setLimit(currentTarget.value)}
      />
    </Confirm>
  );
}

const asks = { pause: AskPause, resume: AskResume, limit: AskLimit };

function limitText({ concurrency: { current, override, total } }: QueueRow): string {
  const all = total === null ? "" : `, ${total} in all`;
  return `${current ?? "none"}${override === null ? "" : " (set by hand)"}${all}`;
}

function rateText({ rateLimit }: QueueRow): string {
  if (rateLimit === null) return "–";
  const { limit, periodMs, perKey } = rateLimit;
  return `${limit} in ${lengthOf(periodMs)}${perKey ? ", each key" : ""}`;
}

interface LineProps {
  readonly queue: QueueRow;
  readonly onAsk: (asked: Asked) => void;
}

function QueueLine({ queue, onAsk }: LineProps): JSX.Element {
  const name =
    queue.type === "task" ? (
      <Link to={`/runs?task=${encodeURIComponent(queue.name)}`}>
        <Text>{queue.id}</Text>
      </Link>
    ) : (
      <Text>{queue.id}</Text>
    );
  return (
    <tr>
      <td class="main">
        {name}
        {queue.paused && <span class="tag">paused</span>}
      </td>
      <td class="number">{queue.queued ?? "–"}</td>
      <td class="number">{queue.running ?? "–"}</td>
      <td class="number">{limitText(queue)}</td>
      <td class="number">{rateText(queue)}</td>
      <td>
        <div class="buttons">
          <button
            type="button"
            class="quiet"
            aria-label={`Change the limit of ${queue.id}`}
            onClick={() => onAsk({ what: "limit", queue })}
          >
            Limit …
          </button>
          <button
            type="button"
            class="quiet"
            aria-label={`${queue.paused ? "Resume" : "Pause"} ${queue.id}`}
            onClick={() => onAsk({ what: queue.paused ? "resume" : "pause", queue })}
          >
            {queue.paused ? "Resume …" : "Pause …"}
          </button>
        </div>
      </td>
    </tr>
  );
}

const columns = [
  ["Queue"],
  ["Waiting", "number"],
  ["At work", "number"],
  ["Limit", "number"],
  ["Rate", "number"],
  ["Change", "number"],
] as const;

interface ListProps {
  readonly page: NumberedPage<QueueRow>;
  readonly onAsk: (asked: Asked) => void;
}

function Queues({ page, onAsk }: ListProps): JSX.Element {
  if (page.data.length === 0) {
    return (
      <p class="empty">
        The code declares no queue. A task gets its own with <code>{"queue: { concurrencyLimit: 5 }"}</code>,
        and several share one that <code>{'queue({ name: "mails" })'}</code> makes.
      </p>
    );
  }
  return (
    <Table columns={columns}>
      {page.data.map((queue) => (
        <QueueLine key={queue.id} queue={queue} onAsk={onAsk} />
      ))}
    </Table>
  );
}

/** The page. */
export function QueuesPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const [asked, setAsked] = useState<Asked>();
  const page = pageOf(query);
  const looked = useLooking(
    String(page),
    (signal) => api.queues(page, signal),
    () => false,
  );
  const Ask = asked && asks[asked.what];
  return (
    <>
      <ListFrame title="Queues" looked={looked} pages={numberedPages("/queues")}>
        {(value) => <Queues page={value} onAsk={setAsked} />}
      </ListFrame>
      {asked !== undefined && Ask !== undefined && (
        <Ask queue={asked.queue} onDone={looked.again} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}
