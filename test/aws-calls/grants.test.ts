/** Least privilege, from the other side: each statement of each role, taken away, is missed by the smallest scenario that needs it. */
import { afterAll, beforeAll, expect } from "vitest";
import { Policies } from "../aws/iam.ts";
import { describe, dynamodb, test } from "../aws/on-java.ts";
import { chosenSeed, randomFrom } from "../heavy/random.ts";
import { PlayedClock } from "./clock.ts";
import { play } from "./play.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { openStage, type Stage } from "./stage.ts";

const random = randomFrom(chosenSeed());
const clock = new PlayedClock();
/** Callers ask again each second; whatever is not rung is found within two minutes. */
const patience = (name: string): number => (name === "ApiFunction" ? 3_000 : 150_000);
let stage: Stage;

beforeAll(async () => {
  stage = await openStage(dynamodb);
});
afterAll(() => stage?.close());

const looksAtRuns: Scenario = {
  title: "a caller looks at the list of runs",
  run: `return 1;`,
  output: 1,
  script: async (world, { request }) => {
    await world.ask(request("GET", "/api/v1/runs"));
  },
};

/** The smallest scenario for each statement; what is played elsewhere says where. */
const smallest: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Dispatcher: {
    EndTurns: "three runs of a queue with one slot",
    HandOff: "a run goes on with the version that it began on",
    KeepValues: "a value too large for an item",
    Ring: "a wait of two seconds",
    WorkOnRuns: "awaits in a row",
    WriteDeadLetters: "an abort error ends the run at once",
  },
  ApiFunction: {
    FindRuns: looksAtRuns.title,
    KeepValues: "a large payload",
    ReadHeads: looksAtRuns.title,
    ReadSecret: "awaits in a row",
    Ring: "awaits in a row",
    WorkOnRuns: "awaits in a row",
  },
  Timer: {
    FindRuns: "rings that are all lost but the timer's",
    PickUpLostRings: "rings that are all lost but the timer's",
    ReadHeads: "rings that are all lost but the timer's",
    Ring: "rings that are all lost but the timer's",
    WorkOnRuns: "a task that starts by itself, twice",
  },
};

/** Not asked for by these plays: taken away on the stack brought to life (`test/aws/taken-away.ts`), as are the housekeeper's and the planner's. */
const elsewhere = [
  "Dispatcher CallApi",
  "Dispatcher HearRings",
  "Dispatcher ReadSecret",
  "ApiFunction EraseRuns",
  "ApiFunction EraseValues",
  "ApiFunction FindDeliveries",
  "ApiFunction FindLines",
  "ApiFunction HavePlanned",
];
const everywhere = ["WriteLogs", "KnowWhatIsMissing"];

const named = (title: string): Scenario => {
  const found = [...scenarios, looksAtRuns].find((each) => each.title === title);
  if (found === undefined) throw new Error(`No scenario is called "${title}".`);
  return found;
};

describe.each(Object.entries(smallest))("what the %s may do", (name, byStatement) => {
  test("is no more than the statements that are taken away here", () => {
    const all = Policies.namesOf(stage.template, stage.role(name));
    const isElsewhere = (each: string): boolean =>
      everywhere.includes(each) || elsewhere.includes(`${name} ${each}`);
    expect(all.filter((each) => !isElsewhere(each)).sort()).toEqual(Object.keys(byStatement).sort());
  });

  test.each(Object.entries(byStatement))(
    "%s, taken away: %s is refused in AWS's words",
    async (statement, title) => {
      const { proxy, template } = stage;
      const role = stage.role(name);
      const before = proxy.refusals.length;
      proxy.use(Policies.without(template, role, statement, "Observer"));
      const played = await play(named(title), { stage, clock, random, patienceMs: patience(name) });
      proxy.use(new Policies(template));
      const refused = proxy.refusals.slice(before);
      expect(refused.length, played.bad.join()).toBeGreaterThan(0);
      const said = new RegExp(
        `User: arn:aws:sts::\\d+:assumed-role/${role}/\\S+ is not authorized to perform: \\S+ on resource: arn:aws:\\S+ because`,
      );
      expect(played.log.join("\n")).toMatch(said);
    },
  );
});
