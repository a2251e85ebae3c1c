/** What a run waits for, each thing with its link; and what the run has cost, as far as it can be counted. */
import type { JSX } from "preact";
import type { Awaited, RunDetails, TreeSeen } from "./api.ts";
import { Age, Clock, Fact, Text } from "./parts.tsx";
import { Link, runUrl } from "./place.tsx";
import { bytesOf } from "./times.ts";

/** The page of tokens with this one alone. */
const tokenUrl = (id: string): string => `/tokens?${new URLSearchParams([["token", id]])}`;

/** What one checkpoint waits for. */
function Wait({ wait, now }: { readonly wait: Awaited; readonly now: number }): JSX.Element {
  const { name, runId, tokenId, retryAt } = wait;
  if (retryAt !== undefined) {
    return (
      <>
        <Text>{name}</Text> to be tried again <Clock iso={retryAt} now={now} />
      </>
    );
  }
  if (tokenId !== undefined) {
    return (
      <>
        token{" "}
        <Link to={tokenUrl(tokenId)} class="mono">
          <Text>{tokenId}</Text>
        </Link>
      </>
    );
  }
  return (
    <>
      <Text>{name}</Text>
      {runId !== undefined && (
        <>
          {": run "}
          <Link to={runUrl(runId)} class="mono">
            <Text>{runId}</Text>
          </Link>
        </>
      )}
    </>
  );
}

interface WaitsProps {
  readonly run: RunDetails;
  readonly awaits: TreeSeen["awaits"];
  readonly now: number;
}

/** The queue whose slot it waits for. */
function Slot({ run, now }: Pick<WaitsProps, "run" | "now">): JSX.Element | null {
  const { waitingSlot: slot } = run;
  if (slot === undefined) return null;
  const { queue, turn, at, concurrencyKey } = slot;
  return (
    <Fact name="Waiting">
      for a slot of{" "}
      <Link to="/queues">
        <Text>{queue}</Text>
      </Link>
      {concurrencyKey !== undefined && (
        <>
          {", key "}
          <Text>{concurrencyKey}</Text>
        </>
      )}
      <span class="hint">
        {turn === "parked" && " (in line: "}
        {turn === "parked" && (
          <Link to={`/runs?${new URLSearchParams([["queue", queue]])}`}>who else is in it</Link>
        )}
        {turn === "parked" && ")"}
        {turn === "called" && " (it has been called)"}
        {turn === "later" && at !== undefined && (
          <>
            {" (by the queue's rate at "}
            <Clock iso={at} now={now} />)
          </>
        )}
      </span>
    </Fact>
  );
}

/** All of them, as facts of the run. */
export function Waits({ run, awaits, now }: WaitsProps): JSX.Element {
  const more = awaits === undefined ? 0 : awaits.count - awaits.named.length;
  return (
    <>
      <Slot run={run} now={now} />
      {awaits !== undefined && awaits.count > 0 && (
        <Fact name="Waits for">
          <ul class="waits">
            {awaits.named.map((wait) => (
              <li key={wait.id}>
                <Wait wait={wait} now={now} />
              </li>
            ))}
            {more > 0 && <li class="hint">and {more.toLocaleString()} more, in the tree below</li>}
          </ul>
        </Fact>
      )}
      {run.waitingUntil !== undefined && (
        <Fact name="Goes on">
          <Clock iso={run.waitingUntil} now={now} /> · <Age iso={run.waitingUntil} now={now} />
        </Fact>
      )}
    </>
  );
}

const times = (count: number, one: string, many: string): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`;

const fargateText = ({ fargate }: TreeSeen["cost"]["aws"]): string =>
  fargate === undefined
    ? ""
    : `, ${Math.round(fargate.vcpuSeconds).toLocaleString()} vCPU-seconds and ${Math.round(fargate.gbSeconds).toLocaleString()} GB-seconds of Fargate`;

/** What was written, and how often somebody worked on it. */
export function Cost({ cost }: Pick<TreeSeen, "cost">): JSX.Element {
  const { records, recordBytes, passes, failedTries, aws } = cost;
  return (
    <Fact name="Cost">
      {times(records, "record", "records")}, {bytesOf(recordBytes)}{" "}
      <span class="hint">
        in {times(passes, "pass", "passes")}
        {failedTries > 0 && `, ${times(failedTries, "failed try", "failed tries")}`}
        <br />
        in AWS about {times(aws.writeUnits, "write unit", "write units")},{" "}
        {times(aws.readUnits, "read unit", "read units")},{" "}
        {times(aws.sqsRequests, "request to SQS", "requests to SQS")}
        {fargateText(aws)}: ${aws.usd.toPrecision(2)}
      </span>
    </Fact>
  );
}
