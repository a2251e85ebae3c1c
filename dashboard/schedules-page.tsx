/** The schedules: what starts by itself, when next; those that were made by calls can be stopped, and deleted. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type NumberedPage, type ScheduleRow } from "./api.ts";
import { Confirm } from "./confirm.tsx";
import { ListFrame, numberedPages, pageOf, Table } from "./list-frame.tsx";
import { Age, Text } from "./parts.tsx";
import { Link } from "./place.tsx";
import { useLooking } from "./polling.ts";

type What = "activate" | "deactivate" | "delete";
type Asked = { readonly what: What; readonly schedule: ScheduleRow };

const words: Readonly<Record<What, { title: string; action: string; told: string; danger: boolean }>> = {
  activate: {
    title: "Let this schedule start runs again?",
    action: "Activate it",
    told: "It starts runs at its times from now on; those that went by are not made up for.",
    danger: false,
  },
  deactivate: {
    title: "Stop this schedule?",
    action: "Deactivate it",
    told: "It starts nothing until it is activated. Runs that it has started go on.",
    danger: true,
  },
  delete: {
    title: "Delete this schedule?",
    action: "Delete it",
    told: "It is gone for good. Runs that it has started go on.",
    danger: true,
  },
};

interface AskProps extends Asked {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function Ask({ what, schedule, onDone, onClose }: AskProps): JSX.Element {
  const { title, action, told, danger } = words[what];
  const change = async (): Promise<void> => {
    await (what === "delete" ? api.deleteSchedule(schedule.id) : api.setSchedule(schedule.id, what));
    onDone();
  };
  return (
    <Confirm title={title} action={action} danger={danger} onConfirm={change} onClose={onClose}>
      <p>
        <Text>{schedule.task}</Text>, <code>{schedule.generator.expression}</code>. {told}
      </p>
    </Confirm>
  );
}

interface LineProps {
  readonly schedule: ScheduleRow;
  readonly now: number;
  readonly onAsk: (asked: Asked) => void;
}

function Buttons({ schedule, onAsk }: Omit<LineProps, "now">): JSX.Element {
  if (schedule.type === "DECLARATIVE") return <span class="hint">in the code</span>;
  const named = schedule.deduplicationKey ?? schedule.id;
  const set = schedule.active ? "deactivate" : "activate";
  return (
    <div class="buttons">
      {([set, "delete"] as const).map((what) => (
        <button
          key={what}
          type="button"
          class="quiet"
          aria-label={`${words[what].action.replace(" it", "")} ${named}`}
          onClick={() => onAsk({ what, schedule })}
        >
          {words[what].action.replace(" it", "")} …
        </button>
      ))}
    </div>
  );
}

function ScheduleLine({ schedule, now, onAsk }: LineProps): JSX.Element {
  const { id, task, externalId, deduplicationKey, generator, timezone, nextRun, lastRun, active } = schedule;
  return (
    <tr>
      <td class="main">
        <Link to={`/runs?schedule=${encodeURIComponent(id)}`}>
          <Text>{task}</Text>
        </Link>
        {[deduplicationKey, externalId].map(
          (name) =>
            name !== undefined && (
              <span key={name} class="tag">
                <Text>{name}</Text>
              </span>
            ),
        )}
        {!active && <span class="tag">not active</span>}
      </td>
      <td>
        <code>
          <Text>{generator.expression}</Text>
        </code>{" "}
        <span class="hint">
          <Text>{timezone}</Text>
        </span>
      </td>
      <td class="number">{nextRun === undefined ? "–" : <Age iso={nextRun} now={now} />}</td>
      <td class="number">{lastRun === undefined ? "–" : <Age iso={lastRun} now={now} />}</td>
      <td class="number">
        <Buttons schedule={schedule} onAsk={onAsk} />
      </td>
    </tr>
  );
}

const columns = [
  ["Task"],
  ["Pattern"],
  ["Next", "number"],
  ["Last", "number"],
  ["Change", "number"],
] as const;

interface ListProps {
  readonly page: NumberedPage<ScheduleRow>;
  readonly onAsk: (asked: Asked) => void;
}

function Schedules({ page, onAsk }: ListProps): JSX.Element {
  const now = Date.now();
  if (page.data.length === 0) {
    return (
      <p class="empty">
        Nothing starts by itself. A task does with{" "}
        <code>{'schedules.task({ id, cron: "0 7 * * *", run })'}</code>; <code>schedules.create()</code> makes
        further ones while the program runs.
      </p>
    );
  }
  return (
    <Table columns={columns}>
      {page.data.map((schedule) => (
        <ScheduleLine key={schedule.id} schedule={schedule} now={now} onAsk={onAsk} />
      ))}
    </Table>
  );
}

/** The page. */
export function SchedulesPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const [asked, setAsked] = useState<Asked>();
  const page = pageOf(query);
  const looked = useLooking(
    String(page),
    (signal) => api.schedules(page, signal),
    () => false,
  );
  return (
    <>
      <ListFrame title="Schedules" looked={looked} pages={numberedPages("/schedules")}>
        {(value) => <Schedules page={value} onAsk={setAsked} />}
      </ListFrame>
      {asked !== undefined && <Ask {...asked} onDone={looked.again} onClose={() => setAsked(undefined)} />}
    </>
  );
}
