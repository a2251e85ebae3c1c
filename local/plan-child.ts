/** The process in which runs are played on the code that they would go on with: nothing is made. */
import { HoldfastError } from "../engine/errors.ts";
import type { ResumePlan } from "../engine/plan.ts";
import { planOf } from "../engine/planning.ts";
import { type Planned, problemOf, reachesOut, type ToPlan } from "../functions/plans/planned.ts";
import { realChance, realClock } from "./clock.ts";
import { type PlayRoom, playsHere } from "./play-room.ts";

async function planned(room: PlayRoom, { runId, codeVersion, decided }: ToPlan): Promise<ResumePlan> {
  const { store } = room;
  const run = store.read(runId);
  if (run === undefined) throw new HoldfastError("HF208", `There is no run ${runId}.`, "Check the id.");
  const { code, secrets } = await room.load(run, codeVersion).catch((error: unknown) => {
    if (room.refused === undefined) throw error;
    throw reachesOut(room.refused);
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

playsHere((room, asked: ToPlan) => planned(room, asked).then((plan): Planned => ({ plan }), problemOf));
