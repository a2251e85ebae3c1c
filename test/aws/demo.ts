/**
 * `npm run demo:aws`: the demo's story on the synthesized template brought to life. The same webhook, kill and dead
 * letter; then what DynamoDB charged for it, and what the policies refused. A claim that does not hold ends it with 1.
 */
import { Claims } from "../demo/claims.ts";
import { makeScreen, type Screen } from "../demo/screen.ts";
import { openShop, type Shop } from "../demo/shop.ts";
import { killedInTheMiddle, mendedAndResumed, type Stage } from "../demo/story.ts";
import type { Holdfast } from "../world/holdfast.ts";
import { startWorld } from "../world/world.ts";
import { javaIsMissing } from "./dynamodb.ts";
import { totalUnits } from "./records.ts";
import { type Stack, startStack } from "./stack.ts";

const limitMs = 180_000;

/** The stack as the story knows a Holdfast. What is deployed anew is printed as a build is. */
function asHoldfast(stack: Stack, deploys: readonly string[]): Holdfast {
  const never = (): never => {
    throw new Error("A stack has no processes of its own to end.");
  };
  return {
    ...stack,
    pid: 0,
    output: () => deploys.join("\n"),
    runners: () => Promise.resolve(stack.dispatchers()),
    killTree: never,
    killSupervisor: never,
    stop: () => stack.close(),
  };
}

/** The shop whose changes are deployed before they count as made. */
function deployedShop(shop: Shop, stack: Stack, deploys: string[]): Shop {
  const deployed = async (change: ReturnType<Shop["mend"]>): ReturnType<Shop["mend"]> => {
    const made = await change;
    await stack.bench.deploy(await stack.synth());
    deploys.push(`Built: deploy ${deploys.length + 1}`);
    return made;
  };
  return { ...shop, breakIt: () => deployed(shop.breakIt()), mend: () => deployed(shop.mend()) };
}

async function show(): Promise<boolean> {
  const began = Date.now();
  const screen = makeScreen({
    silent: false,
    colours: process.stdout.isTTY === true && !process.env.NO_COLOR,
  });
  const claims = new Claims();
  const world = await startWorld();
  const shop = await openShop();
  screen.say();
  screen.say(
    screen.paint("bold", "Holdfast in AWS: the synthesized template, brought to life on this machine"),
  );
  screen.say();
  screen.say(
    "DynamoDB is Amazon's own engine, queues and bucket are fauxqs, each call is decided by the template's",
  );
  screen.say("policies; a minute of the timer lasts a second, and a lease 16 s instead of 30.");
  const project = { tasks: `${shop.project}/tasks`, projectRoot: shop.project, environment: world.env };
  const stack = await startStack(project);
  const deploys: string[] = [];
  const holdfast = asHoldfast(stack, deploys);
  const stage: Stage = { screen, claims, world, shop: deployedShop(shop, stack, deploys), holdfast };
  try {
    await killedInTheMiddle(stage);
    const failed = await mendedAndResumed(stage);
    letters(stage, stack, failed.runId);
    bill(screen, claims, stack);
    conclude(screen, claims, (Date.now() - began) / 1_000);
  } catch (error) {
    process.stderr.write(`\n${stack.bench.log.slice(-40).join("\n")}\n`);
    throw error;
  } finally {
    await stack.close();
    await world.close();
    await shop.remove();
  }
  return claims.broken.length === 0;
}

function letters({ screen, claims }: Stage, { bench }: Stack, runId: string): void {
  screen.chapter("The dead letter's message lies on the dead-letter queue");
  const messages = bench.queues.messages(bench.queue("DeadLetters")).map(({ body }) => body);
  for (const message of messages) screen.say(message);
  const found = messages.filter((message) => message.includes(runId)).length;
  claims.check("there is one message for the dead letter", found === 1, messages);
}

function bill(screen: Screen, claims: Claims, { bench }: Stack): void {
  screen.chapter("What was called, and what DynamoDB charged");
  const { records, refusals } = bench.proxy;
  const callers = [...new Set(records.map(({ caller }) => caller))].sort();
  const rows = callers.map((caller) => {
    const own = records.filter((each) => each.caller === caller);
    const units = totalUnits(own);
    return [caller.replace(/[0-9A-F]{8}$/, ""), String(own.length), String(units.write), String(units.read)];
  });
  screen.table([["function", "calls", "write units", "read units"], ...rows]);
  screen.say();
  screen.say(
    "Most of the api's reads are this demo looking on; the timer ticks each second here, not each minute.",
  );
  claims.check("no call was refused by the template's policies", refusals.length === 0, refusals);
}

function conclude(screen: Screen, claims: Claims, seconds: number): void {
  screen.say();
  for (const { claim, seen } of claims.broken)
    screen.say(`${screen.paint("red", "✗")} ${claim}: ${JSON.stringify(seen)}`);
  const [sound, count] = [claims.broken.length === 0, claims.list.length];
  const verdict = sound
    ? screen.paint("green", `✓ ${count} claims checked, all true`)
    : screen.paint("red", `✗ ${claims.broken.length} of ${count} claims do not hold`);
  screen.say(`${verdict}  ${screen.paint("dim", `${seconds.toFixed(1)} s`)}`);
  screen.say();
}

const missing = javaIsMissing();
if (missing === undefined) {
  const watchdog = setTimeout(() => {
    process.stderr.write("The demo did not end within its time.\n");
    process.exit(1);
  }, limitMs);
  watchdog.unref();
  process.exitCode = (await show()) ? 0 : 1;
  process.exit();
} else {
  process.stderr.write(`${missing}\n`);
  process.exitCode = 1;
}
