/** The two halves of the demo. */
import { command, forgedSecret, type Holdfast } from "../world/holdfast.ts";
import { kill } from "../world/processes.ts";
import type { Call, World } from "../world/world.ts";
import type { Claims } from "./claims.ts";
import { type Effect, effectRows, effectsOf, isSound, nameOf } from "./effects.ts";
import type { Screen } from "./screen.ts";
import type { Change, Shop } from "./shop.ts";
import { follow } from "./tree.ts";

/** All that the demo plays with. */
export interface Stage {
  readonly screen: Screen;
  readonly claims: Claims;
  readonly world: World;
  readonly shop: Shop;
  readonly holdfast: Holdfast;
}

/** What a half of the demo saw. */
export interface Seen {
  readonly runId: string;
  readonly status: string;
  readonly effects: readonly Effect[];
}

const order = (number: string) => ({
  number,
  email: "ann@shop.example",
  sku: "lamp",
  amount: 49,
  card: "visa",
  address: "Quay 7, Hamburg",
});

/** First half: the runner is killed while the charge is in flight. */
export async function killedInTheMiddle(stage: Stage): Promise<Seen> {
  const { screen, claims, world, holdfast } = stage;
  screen.chapter("A signed webhook arrives, and becomes a run");
  const arrived = world.hang("payment");
  const runId = await deliver(stage);
  screen.say();
  const follower = follow(holdfast, runId, screen);
  const call = await arrived;
  await moment();
  follower.note(
    `${screen.paint("yellow", "…")} the charge has reached the payment service, which does not answer`,
  );
  await moment();
  const pids = await holdfast.runners();
  for (const pid of pids) kill(pid);
  follower.note(screen.paint("red", `✗ SIGKILL to process ${pids.join(", ")}: the charge is cut off`));
  const { status, output } = await follower.ended;
  follower.note(`${screen.paint("green", status)} ${JSON.stringify(output)}`);
  claims.check("there was a runner to kill", pids.length > 0, pids);
  claims.check("the killed run completed", status === "COMPLETED", status);
  return { runId, status, effects: judge(stage, world.calls(), call) };
}

/** A pause in which the screen catches up with what has happened. */
const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200));

/** Delivers a webhook, once more, and once with a forged signature. */
async function deliver({ screen, claims, holdfast }: Stage): Promise<string> {
  const runId = await holdfast.webhook("order", order("A-1"), "delivery-1");
  screen.say(`POST /hooks/order, signed                →  202 ${runId}`);
  const again = await holdfast.webhook("order", order("A-1"), "delivery-1");
  screen.say(`the same delivery once more              →  202 ${again === runId ? "the same run" : again}`);
  const forged = await holdfast.webhook("order", order("A-0"), "delivery-0", forgedSecret).catch(String);
  screen.say(`a delivery with a forged signature       →  ${/ 401: /.test(forged) ? "401 refused" : forged}`);
  claims.check("a webhook that is delivered twice is one run", again === runId, [runId, again]);
  claims.check("a forged webhook is refused", / 401: /.test(forged), forged);
  return runId;
}

function judge({ screen, claims }: Stage, calls: readonly Call[], interrupted?: Call): Effect[] {
  const effects = effectsOf(calls);
  const cutOff = interrupted && nameOf(interrupted);
  screen.chapter("What the outside world saw");
  screen.table(effectRows(effects, cutOff));
  const names = effects.map(({ name }) => name);
  const all = [
    "stock POST /reservations",
    "payment POST /charges",
    "carrier POST /parcels",
    "mail POST /messages",
  ];
  claims.check("all four effects were made, in order", names.join() === all.join(), names);
  const claim = interrupted
    ? "each recorded effect was made once, the interrupted one twice with the same idempotency key"
    : "each effect of the mended run was made once, over all of its attempts";
  claims.check(claim, isSound(effects, cutOff), effects);
  return effects;
}

/** Second half: a bug uses up the attempts; it is fixed, and the run goes on. */
export async function mendedAndResumed(stage: Stage): Promise<Seen> {
  const { screen, claims, world, shop, holdfast } = stage;
  const before = world.calls().length;
  screen.chapter("Somebody saves a bug, and a run uses up its attempts");
  showChange(screen, await changed(holdfast, () => shop.breakIt()));
  const runId = await holdfast.webhook("order", order("A-2"), "delivery-2");
  screen.say(`POST /hooks/order, signed                →  202 ${runId}`);
  screen.say();
  const first = follow(holdfast, runId, screen);
  const failed = await first.ended;
  first.note(`${screen.paint("red", failed.status)} ${failed.error?.message ?? ""}`);
  claims.check("the run with the bug failed", failed.status === "FAILED", failed);
  claims.check("it used up its three attempts", failed.attemptCount === 3, failed.attemptCount);

  screen.chapter("It is a dead letter: kept, with all that it had done");
  const letters = await holdfastCommand(stage, ["dlq", "list"]);
  claims.check("the dead letter is listed", letters.includes(runId), letters);

  screen.chapter("The bug is fixed, and the run goes on where it was");
  showChange(screen, await changed(holdfast, () => shop.mend()));
  await holdfastCommand(stage, ["resume", runId]);
  screen.say();
  const second = follow(holdfast, runId, screen, first.shown);
  const { status, output } = await second.ended;
  second.note(`${screen.paint("green", status)} ${JSON.stringify(output)}`);
  claims.check("the mended run completed", status === "COMPLETED", status);
  return { runId, status, effects: judge(stage, world.calls().slice(before)) };
}

function showChange(screen: Screen, { file, before, after }: Change): void {
  screen.say(file);
  screen.say(screen.paint("red", `- ${before}`));
  screen.say(screen.paint("green", `+ ${after}`));
  screen.say();
}

/** Changes the source, and waits until `holdfast dev` has built it. */
async function changed(holdfast: Holdfast, change: () => Promise<Change>): Promise<Change> {
  const builds = (): number => holdfast.output().match(/^.*Built: /gm)?.length ?? 0;
  const known = builds();
  const made = await change();
  while (builds() === known) await new Promise((resolve) => setTimeout(resolve, 20));
  return made;
}

/** Runs the command line against the demo's server, and shows what it says. */
async function holdfastCommand({ screen, holdfast, shop }: Stage, args: readonly string[]): Promise<string> {
  screen.say(screen.paint("dim", `$ npx holdfast ${args.join(" ")}`));
  const { code, output } = await command(shop.project, args, {
    TRIGGER_API_URL: holdfast.url,
    HOLDFAST_API_URL: holdfast.url,
  });
  for (const line of output.trimEnd().split("\n")) screen.say(line);
  if (code !== 0) throw new Error(`holdfast ${args.join(" ")} ended with ${code}.`);
  return output;
}
