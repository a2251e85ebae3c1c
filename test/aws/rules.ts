/** EventBridge's scheduled rules: an event to a function at each beat. A beat of a minute may be played faster. */
import { randomUUID } from "node:crypto";
import { type JsonObject, list, object, only, text } from "./json.ts";
import { nameOfFunction } from "./resources.ts";
import type { Template } from "./template.ts";

/** A rule with its target. */
export interface ScheduledRule {
  readonly arn: string;
  readonly minutes: number;
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly functionArn: string;
  readonly input: string | undefined;
}

/** The rules of a template that are switched on. */
export function rulesOf(template: Template): ScheduledRule[] {
  return template.all("AWS::Events::Rule").flatMap(({ id, properties }) => {
    if ((properties.State ?? "ENABLED") !== "ENABLED") return [];
    const rate = /^rate\((\d+) (minute|hour)s?\)$/.exec(
      text(properties.ScheduleExpression, `${id}.ScheduleExpression`),
    );
    if (rate === null)
      throw new Error(`The bench does not know the schedule of ${id}: ${properties.ScheduleExpression}`);
    return list(properties.Targets).map((target) => {
      const { Arn, Input } = only(object(target, id), ["Arn", "Id", "Input", "RetryPolicy"], `${id}.Targets`);
      const functionArn = text(Arn, `${id}.Arn`);
      return {
        arn: template.attribute(id, "Arn"),
        minutes: Number(rate[1]) * (rate[2] === "hour" ? 60 : 1),
        functionName: nameOfFunction(functionArn),
        qualifier: functionArn.split(":")[7],
        functionArn,
        input: Input === undefined ? undefined : text(Input, id),
      };
    });
  });
}

/** The rules at work. */
export class Rules {
  readonly #send: (name: string, qualifier: string | undefined, event: string) => Promise<void>;
  readonly #place: Template["place"];
  #rules: readonly ScheduledRule[] = [];
  #timers: NodeJS.Timeout[] = [];
  /** Events sent so far. */
  fired = 0;

  constructor(
    place: Template["place"],
    send: (name: string, qualifier: string | undefined, event: string) => Promise<void>,
  ) {
    this.#place = place;
    this.#send = send;
  }

  /** From now on these rules fire, a minute lasting `minuteMs`; 0: only when they are told to. */
  use(rules: readonly ScheduledRule[], minuteMs: number): void {
    this.stop();
    this.#rules = rules;
    if (minuteMs === 0) return;
    this.#timers = rules.map((rule) => setInterval(() => void this.#fire(rule), minuteMs * rule.minutes));
  }

  /** Fires the rules of each minute now, or those of each hour. */
  async fire(each: "minute" | "hour" = "minute"): Promise<void> {
    const minutes = each === "hour" ? 60 : 1;
    for (const rule of this.#rules.filter((rule) => rule.minutes === minutes)) await this.#fire(rule);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  async #fire({ arn, functionName, qualifier, input }: ScheduledRule): Promise<void> {
    const { region, account } = this.#place;
    const event: JsonObject = {
      version: "0",
      id: randomUUID(),
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account,
      time: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
      region,
      resources: [arn],
      detail: {},
    };
    this.fired += 1;
    await this.#send(functionName, qualifier, input ?? JSON.stringify(event));
  }
}
