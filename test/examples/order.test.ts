/** examples/order through the real `holdfast dev`: what its README promises, with the effects counted outside. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder, root } from "../world/place.ts";
import { startWorld, type World } from "../world/world.ts";

let world: World;
let data: Folder;
let holdfast: Holdfast;

beforeAll(async () => {
  world = await startWorld();
  data = await makeFolder("order");
  const project = join(root, "examples", "order");
  holdfast = await startHoldfast({ project, tasks: "tasks", data: data.path, env: world.env });
});

afterAll(async () => {
  await holdfast?.stop();
  await world?.close();
  await data?.remove();
});

const order = {
  number: "A-1",
  email: "ann@shop.example",
  sku: "lamp",
  amount: 49,
  card: "visa",
  address: "Quay 7",
};

/** Runs one order to its end, and tells which calls it made. */
async function place(changes: Partial<typeof order>) {
  const before = world.calls().length;
  const run = await holdfast.finished(await holdfast.trigger("order", { ...order, ...changes }));
  const calls = world.calls().slice(before);
  return { run, paths: calls.map(({ path }) => path), keys: calls.map(({ key }) => key) };
}

test("an order is reserved, paid, shipped and confirmed, each once and each with a key of its own", async () => {
  const { run, paths, keys } = await place({});
  expect(run).toMatchObject({ status: "COMPLETED", output: { status: "shipped" } });
  expect(paths).toEqual(["POST /reservations", "POST /charges", "POST /parcels", "POST /messages"]);
  expect(new Set(keys).size).toBe(4);
  expect(keys).not.toContain("");
});

test("a declined card gives the goods back", async () => {
  const { run, paths } = await place({ card: "declined" });
  expect(run).toMatchObject({ output: { status: "refused", reason: "The card was declined." } });
  expect(paths).toEqual(["POST /reservations", "POST /charges", "POST /releases"]);
});

test("an address that the carrier refuses gives the money and the goods back", async () => {
  const { run, paths } = await place({ address: "nowhere" });
  expect(run).toMatchObject({ output: { status: "refused" } });
  const undone = ["POST /refunds", "POST /releases"];
  expect(paths).toEqual(["POST /reservations", "POST /charges", "POST /parcels", ...undone]);
});

test("a service that is down for a moment is asked again, and nothing before it", async () => {
  world.fail("carrier", 1);
  const { run, paths } = await place({});
  expect(run).toMatchObject({ status: "COMPLETED", output: { status: "shipped" } });
  const parcels = ["POST /parcels", "POST /parcels"];
  expect(paths).toEqual(["POST /reservations", "POST /charges", ...parcels, "POST /messages"]);
});

test("a service that stays down leaves a dead letter with nothing undone", async () => {
  world.fail("mail", 3);
  const { run, paths } = await place({});
  expect(run).toMatchObject({ status: "FAILED", error: { message: "Mail answered 503." } });
  expect(paths.filter((path) => path === "POST /messages")).toHaveLength(3);
  expect(paths).not.toContain("POST /refunds");
});
