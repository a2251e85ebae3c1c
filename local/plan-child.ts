/** The process in which runs are played on the code that they would go on with: nothing is made. */
import { HoldfastError } from "../engine/errors.ts";
import type { ResumePlan } from "../engine/plan.ts";
import { planOf } from "../engine/planning.ts";
import { realChance, realClock } from "./clock.ts";
import type { Planned, ToPlan } from "./plan-desk.ts";
import { type PlayRoom, playsHere } from "./play-room.ts";

async function planned(room: PlayRoom, { runId, codeVersion, decided }: ToPlan): Promise<ResumePlan> {
  const { store } = room;
  const run = store.read(runId);
  if (run === undefined) throw new HoldfastError("HF208", `There is no run ${runId}.`, "Check the id.");
  const { code, secrets } = await room.load(run, codeVersion).catch((error: unknown) => {
    if (room.refused === undefined) throw error;
    const what = `The task files call ${room.refused} when they are loaded: nothing can be looked ahead with them.`;
    throw new HoldfastError("HF228", what, "Move that into the task, or resume without a plan.");
  });
  const stored = { run, entries: store.journal(runId), inbox: store.inbox(runId) };
  const plan = await planOf(
    stored,
    { codeVersion, decided },
    {
      pass: (ports, id) => room.pass(code, secrets, ports, id),
      wake: (id) => code.wakePass(id),
      spill: room.spill,
      others: async (id) => store.read(id),
      clock: realClock(),
      chance: realChance(),
      begun: (play) => {
        room.play = play;
      },
    },
  );
  room.play = undefined;
  return plan;
}

function problemOf(error: unknown): Planned {
  const what = error instanceof Error ? error.message : String(error);
  if (!(error instanceof HoldfastError)) return { problem: { what, fix: "Resume the run without a plan." } };
  const { code, fix } = error;
  // A message repeats both.
  return { problem: { code, fix, what: what.replace(`${code} `, "").replace(fix, "").trim() } };
}

playsHere((room, asked: ToPlan) => planned(room, asked).then((plan): Planned => ({ plan }), problemOf));
