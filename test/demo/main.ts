/**
 * `npm run demo`: a signed webhook becomes a durable run; it is killed in the middle and goes on; a run that used up
 * its attempts is mended and goes on too. Every claim is checked; one that does not hold ends the demo with 1.
 */
import { startHoldfast } from "../world/holdfast.ts";
import { startWorld } from "../world/world.ts";
import { Claims } from "./claims.ts";
import { makeScreen } from "./screen.ts";
import { openShop } from "./shop.ts";
import { killedInTheMiddle, mendedAndResumed, type Stage } from "./story.ts";

const limitMs = 58_000;
/** What a service takes for an answer: enough to see the tree grow. */
const answerMs = 300;

async function show(json: boolean): Promise<boolean> {
  const began = Date.now();
  const screen = makeScreen({
    silent: json,
    colours: process.stdout.isTTY === true && !process.env.NO_COLOR,
  });
  const claims = new Claims();
  const world = await startWorld();
  for (const service of ["stock", "payment", "carrier", "mail"] as const) world.slow(service, answerMs);
  const shop = await openShop();
  const holdfast = await startHoldfast({
    project: shop.project,
    tasks: "tasks",
    data: shop.data,
    env: world.env,
  });
  const stage: Stage = { screen, claims, world, shop, holdfast };
  try {
    screen.say();
    screen.say(screen.paint("bold", "Holdfast: a webhook becomes a durable run that survives being killed"));
    screen.say();
    screen.say("The task is examples/order/tasks/order.ts: plain async functions that call four services.");
    screen.say(`\`holdfast dev\` serves it at ${holdfast.url}. The services count every call they get.`);
    const facts = { killed: await killedInTheMiddle(stage), resumed: await mendedAndResumed(stage) };
    const seconds = (Date.now() - began) / 1000;
    claims.check("the demo took less than 60 s", seconds < 60, seconds);
    conclude(stage, seconds);
    if (json)
      process.stdout.write(`${JSON.stringify({ seconds, claims: claims.list, ...facts }, null, 2)}\n`);
  } catch (error) {
    process.stderr.write(`\n${holdfast.output()}\n`);
    throw error;
  } finally {
    await holdfast.stop();
    await world.close();
    await shop.remove();
  }
  return claims.broken.length === 0;
}

function conclude({ screen, claims }: Stage, seconds: number): void {
  screen.say();
  for (const { claim, seen } of claims.broken)
    screen.say(`${screen.paint("red", "✗")} ${claim}: ${JSON.stringify(seen)}`);
  const verdict =
    claims.broken.length === 0
      ? screen.paint("green", `✓ ${claims.list.length} claims checked, all true`)
      : screen.paint("red", `✗ ${claims.broken.length} of ${claims.list.length} claims do not hold`);
  screen.say(`${verdict}  ${screen.paint("dim", `${seconds.toFixed(1)} s`)}`);
  screen.say();
}

const watchdog = setTimeout(() => {
  process.stderr.write("The demo did not end within its time.\n");
  process.exit(1);
}, limitMs);
watchdog.unref();
process.exitCode = (await show(process.argv.includes("--json"))) ? 0 : 1;
