/** examples/research through the real `holdfast dev`: the AI SDK against a model that speaks the provider's protocol. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder, root } from "../world/place.ts";
import { kill } from "../world/processes.ts";
import { type Request, startServer, type TestServer } from "./servers.ts";

const titles = ["Lighthouse", "Lens", "Fresnel", "Keeper", "Fog"];

interface ChatMessage {
  readonly role: string;
  readonly content: unknown;
}

let model: TestServer;
let encyclopedia: TestServer;
let data: Folder;
let holdfast: Holdfast;
/** The call, by the number of look-ups before it, that gets no answer. */
let silentAt: number | undefined;
let arrived: () => void = () => {};

const messagesOf = ({ body }: Request): readonly ChatMessage[] =>
  (JSON.parse(body.toString()) as { messages: readonly ChatMessage[] }).messages;
const lookUpsIn = (request: Request): number =>
  messagesOf(request).filter(({ role }) => role === "tool").length;

/** An answer of the chat completions API: it asks for the next article, or answers once it has all of them. */
function completion(request: Request): unknown {
  const lookUps = lookUpsIn(request);
  const isEndless = JSON.stringify(messagesOf(request)).includes("Everything");
  const title = isEndless ? `Volume ${lookUps}` : titles[lookUps];
  const call = {
    id: `call_${lookUps}`,
    type: "function",
    function: { name: "lookUp", arguments: JSON.stringify({ title }) },
  };
  const message =
    title === undefined
      ? { role: "assistant", content: "A lens of rings." }
      : { role: "assistant", content: null, tool_calls: [call] };
  return {
    id: `chatcmpl-${lookUps}`,
    object: "chat.completion",
    created: 1_700_000_000,
    model: "researcher-1",
    choices: [{ index: 0, message, finish_reason: title === undefined ? "stop" : "tool_calls" }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}

const start = (): Promise<Holdfast> =>
  startHoldfast({
    project: join(root, "examples", "research"),
    tasks: "tasks",
    data: data.path,
    env: { MODELS_URL: `${model.url}/v1`, ENCYCLOPEDIA_URL: encyclopedia.url },
  });

beforeAll(async () => {
  data = await makeFolder("research");
  model = await startServer((request) => {
    if (silentAt !== lookUpsIn(request)) return { body: completion(request) };
    silentAt = undefined;
    arrived();
    return undefined;
  });
  encyclopedia = await startServer(({ path }) => ({ body: `All about ${path.replace("/articles/", "")}.` }));
  holdfast = await start();
});

afterAll(async () => {
  await holdfast?.stop();
  await Promise.all([model?.close(), encyclopedia?.close()]);
  await data?.remove();
});

/** Starts a run whose call after so many look-ups is not answered; resolves when that call has arrived. */
async function cutOffAfter(lookUps: number, question: string): Promise<string> {
  const silence = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  silentAt = lookUps;
  const id = await holdfast.trigger("research", { question });
  await silence;
  return id;
}

/** How often each call was made since `before`, by the number of look-ups before it. */
function callsSince(before: number): number[] {
  const numbers = model.requests.slice(before).map(lookUpsIn);
  return Array.from(
    { length: Math.max(...numbers) + 1 },
    (_, i) => numbers.filter((each) => each === i).length,
  );
}

const answer = { answer: "A lens of rings.", calls: 6 };

test("the model is asked until it has an answer, with what it has looked up", async () => {
  const before = [model.requests.length, encyclopedia.requests.length] as const;
  const run = await holdfast.finished(
    await holdfast.trigger("research", { question: "What is in a lighthouse?" }),
  );
  expect(run).toMatchObject({ status: "COMPLETED", output: answer });
  expect(callsSince(before[0])).toEqual([1, 1, 1, 1, 1, 1]);
  const asked = encyclopedia.requests.slice(before[1]).map(({ path }) => path.replace("/articles/", ""));
  expect(asked).toEqual(titles);
  const last = model.requests.at(-1);
  expect(last && JSON.stringify(messagesOf(last))).toContain("All about Fresnel.");
});

test("killed in the middle, the loop goes on: no model call that was recorded is made again", async () => {
  const before = [model.requests.length, encyclopedia.requests.length] as const;
  const id = await cutOffAfter(3, "What is in a lighthouse, once more?");
  for (const pid of await holdfast.runners()) kill(pid);
  expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED", output: answer });
  expect(callsSince(before[0])).toEqual([1, 1, 1, 2, 1, 1]);
  expect(encyclopedia.requests.length - before[1]).toBe(titles.length);
});

test("after everything was stopped, the loop goes on in another process", async () => {
  const before = model.requests.length;
  const id = await cutOffAfter(4, "What is in a lighthouse, after all?");
  await holdfast.killTree();
  holdfast = await start();
  expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED", output: answer });
  expect(callsSince(before)).toEqual([1, 1, 1, 1, 2, 1]);
});

test("a model that never answers is asked ten times, and no more", async () => {
  const before = model.requests.length;
  const run = await holdfast.finished(
    await holdfast.trigger("research", { question: "Everything, please." }),
  );
  expect(run).toMatchObject({
    status: "FAILED",
    error: { message: "There is no answer after 10 calls of the model." },
  });
  expect(callsSince(before)).toEqual(Array.from({ length: 10 }, () => 1));
});
