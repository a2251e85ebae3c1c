/** Starting a run: a task, its payload as JSON, and a look at both before it begins. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, type RunDetails, type TaskRow } from "./api.ts";
import { Confirm } from "./confirm.tsx";
import { exampleOf } from "./example.ts";
import { jsonIn } from "./json-field.ts";
import { Text, Value } from "./parts.tsx";
import { go, runUrl } from "./place.tsx";

interface TriggerProps {
  readonly query: URLSearchParams;
  readonly tasks: readonly TaskRow[];
}

interface AskProps {
  readonly task: string;
  readonly text: string;
  readonly idempotencyKey: string;
  readonly onClose: () => void;
}

function AskTrigger({ task, text, idempotencyKey, onClose }: AskProps): JSX.Element {
  const start = async (): Promise<void> => {
    const payload = jsonIn(text);
    const { id } = await api.trigger(task, {
      ...("value" in payload ? { payload: payload.value } : {}),
      options: idempotencyKey === "" ? {} : { idempotencyKey },
    });
    go(runUrl(id));
  };
  return (
    <Confirm title="Start this run?" action="Start the run" onConfirm={start} onClose={onClose}>
      <p>
        Task{" "}
        <strong>
          <Text>{task}</Text>
        </strong>
        , {text.trim() === "" ? "without a payload." : "with this payload:"}
      </p>
      {text.trim() !== "" && <Value text={text} label="Payload" />}
    </Confirm>
  );
}

function NoTasks(): JSX.Element {
  return (
    <p class="empty">
      The code that is deployed has no tasks. Export one, such as{" "}
      <code>{'task({ id: "hello", run: async () => "hi" })'}</code>, and deploy again.
    </p>
  );
}

/** The payload of the run to start another one like. */
function useFrom(id: string | null, take: (run: RunDetails) => void): void {
  useEffect(() => {
    const stop = new AbortController();
    if (id !== null) api.run(id, stop.signal).then(take, () => {});
    return () => stop.abort();
  }, [id]);
}

interface ChoiceProps {
  readonly task: string;
  readonly tasks: readonly TaskRow[];
}

function TaskChoice({ task, tasks }: ChoiceProps): JSX.Element {
  const ids = tasks.map(({ id }) => id);
  return (
    <>
      <label for="task">Task</label>
      <select
        id="task"
        value={task}
        onChange={({ currentTarget: { value } }) =>
          go(`/trigger?${new URLSearchParams([["task", value]])}`, "replace")
        }
      >
        {(ids.includes(task) ? ids : [...ids, task]).map((id) => (
          <option key={id} value={id}>
            <Text>{id}</Text>
          </option>
        ))}
      </select>
      <p class="hint">
        <Text>{tasks.find(({ id }) => id === task)?.description ?? ""}</Text>
      </p>
    </>
  );
}

interface PayloadProps {
  readonly text: string;
  /** What the task says of its payload. */
  readonly schema: unknown;
  readonly wrong: string | undefined;
  readonly onText: (text: string) => void;
}

function PayloadField({ text, schema, wrong, onText }: PayloadProps): JSX.Element {
  return (
    <>
      <label for="payload">Payload (JSON)</label>
      {schema !== undefined && (
        <p class="hint">
          <button type="button" onClick={() => onText(JSON.stringify(exampleOf(schema), undefined, 2))}>
            Fill in its form
          </button>
        </p>
      )}
      <textarea
        id="payload"
        rows={10}
        spellcheck={false}
        value={text}
        placeholder={'{ "orderId": 7 }'}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong === undefined ? undefined : "payload-wrong"}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
      />
      {wrong !== undefined && (
        <p id="payload-wrong" class="problem" role="alert">
          <Text>{`This is no JSON: ${wrong}`}</Text>
        </p>
      )}
    </>
  );
}

/** The page. */
export function TriggerPage({ query, tasks }: TriggerProps): JSX.Element {
  const task = query.get("task") ?? tasks[0]?.id ?? "";
  const schema = tasks.find(({ id }) => id === task)?.payloadSchema;
  const [text, setText] = useState("");
  const [key, setKey] = useState("");
  const [isAsked, setAsked] = useState(false);
  const [wrong, setWrong] = useState<string>();
  useFrom(query.get("from"), ({ payload }) => {
    if (payload !== undefined) setText(JSON.stringify(payload, undefined, 2));
  });
  if (tasks.length === 0) return <NoTasks />;
  const ask = (event: Event): void => {
    event.preventDefault();
    const payload = jsonIn(text);
    setWrong("wrong" in payload ? payload.wrong : undefined);
    setAsked(!("wrong" in payload));
  };
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Trigger a task</h1>
      </div>
      <form class="trigger" onSubmit={ask}>
        <TaskChoice task={task} tasks={tasks} />
        <PayloadField text={text} schema={schema} wrong={wrong} onText={setText} />
        <label for="idempotency-key">Idempotency key (may be empty)</label>
        <input
          id="idempotency-key"
          value={key}
          spellcheck={false}
          autocomplete="off"
          maxLength={2048}
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
        <p class="hint">The same key gives the same run, however often it is triggered.</p>
        <div class="buttons">
          <button type="submit" class="primary">
            Trigger …
          </button>
        </div>
      </form>
      {isAsked && <AskTrigger task={task} text={text} idempotencyKey={key} onClose={() => setAsked(false)} />}
    </>
  );
}
