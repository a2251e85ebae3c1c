/** Variables of the tasks over HTTP: listed without values, set, taken away. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { letIn } from "../../functions/auth.ts";
import { envvarDesk } from "../../local/envvar-desk.ts";
import { changeSecrets, currentSecrets, keepEnvSecrets, secretVersions } from "../../local/local-secrets.ts";
import { configure } from "../../sdk/config.ts";
import { envvars } from "../../sdk/envvars.ts";
import { type World, world } from "../functions/world.ts";
import { type Folder, makeFolder } from "../world/place.ts";

let w: World;
let folder: Folder;
const asked: string[] = [];

const serve = (over: Parameters<typeof world>[0]): void => {
  w = world(over);
  asked.length = 0;
  configure({
    transport: {
      address: "orders-api",
      request: async ({ path, signal: _, ...init }) => {
        asked.push(`${init.method} ${path}`);
        return w.app.fetch(new Request(`http://localhost:7474${path}`, init), { [letIn]: true });
      },
    },
  });
};

beforeEach(async () => {
  folder = await makeFolder("envvars");
  keepEnvSecrets(folder.path, 1, { FROM_FILE: "a value of the file", HOLDFAST_WEBHOOK_SECRET: "whsec_own" });
  changeSecrets(folder.path, 2, (kept) => ({ ...kept, set: { STRIPE_KEY: "sk_live_1" } }));
  serve({ envvars: envvarDesk(folder.path, "prod") });
});
afterEach(() => folder.remove());

const shown = (name: string) => ({ name, value: "<redacted>", isSecret: true });
const values = () => currentSecrets(folder.path);

describe("envvars", () => {
  test("are listed and shown by name, never with a value, and without Holdfast's own", async () => {
    expect(await envvars.list()).toEqual([shown("FROM_FILE"), shown("STRIPE_KEY")]);
    expect(await envvars.retrieve("STRIPE_KEY")).toEqual(shown("STRIPE_KEY"));
    await expect(envvars.retrieve("HOLDFAST_WEBHOOK_SECRET")).rejects.toThrow(/HF231.*no variable/);
    const text = await (await w.send("GET", "/api/v1/projects/p/envvars/prod")).text();
    for (const value of Object.values(values())) expect(text).not.toContain(value);
  });

  test("take project and environment, or leave them out, by Trigger.dev's routes", async () => {
    await envvars.create("proj_1", "prod", { name: "A", value: "1" });
    await envvars.upload("proj_1", "prod", { variables: { B: "2" } });
    await envvars.update("proj_1", "prod", "A", { value: "3" });
    await envvars.retrieve("proj_1", "prod", "A");
    await envvars.del("proj_1", "prod", "B");
    await envvars.list("proj_1", "prod");
    await envvars.create({ name: "B", value: "2" });
    await envvars.upload({ variables: { C: "4" } });
    await envvars.update("B", { value: "3" });
    await envvars.del("C");
    const at = "/api/v1/projects/proj_1/envvars/prod";
    const here = "/api/v1/projects/-/envvars/-";
    expect(asked).toEqual([
      ...[`POST ${at}`, `POST ${at}/import`, `PUT ${at}/A`, `GET ${at}/A`, `DELETE ${at}/B`, `GET ${at}`],
      ...[`POST ${here}`, `POST ${here}/import`, `PUT ${here}/B`, `DELETE ${here}/C`],
    ]);
    expect(values()).toMatchObject({ A: "3", B: "3" });
    expect(values()).not.toHaveProperty("C");
  });

  test("a change is one version, the same value again none; older versions stay as they are", async () => {
    expect(await envvars.upload({ variables: { A: "1", B: "2" } })).toEqual({ success: true });
    expect(secretVersions(folder.path)).toEqual([1, 2, 3]);
    await envvars.create({ name: "A", value: "1" });
    await envvars.upload({ variables: { A: "9" } });
    expect([secretVersions(folder.path).length, values().A]).toEqual([3, "1"]);
    await envvars.upload({ variables: { A: "9", C: "3" }, override: true });
    expect([secretVersions(folder.path).length, values().A, values().C]).toEqual([4, "9", "3"]);
  });

  test("of changes at once none is lost", async () => {
    const names = Array.from({ length: 20 }, (_, n) => `KEY_${n}`);
    await Promise.all(names.map((name) => envvars.create({ name, value: `of ${name}` })));
    expect(values()).toMatchObject(Object.fromEntries(names.map((name) => [name, `of ${name}`])));
  });

  test("one of .env is set in its place, and not taken away: then it is the file's again", async () => {
    await envvars.update("FROM_FILE", { value: "another one" });
    expect(values().FROM_FILE).toBe("another one");
    await envvars.del("FROM_FILE");
    expect(values().FROM_FILE).toBe("a value of the file");
    await expect(envvars.del("FROM_FILE")).rejects.toThrow(/HF230.*comes from \.env/);
  });

  test("that there are not, and another environment, are not found; nothing is changed", async () => {
    const calls = [
      envvars.update("NOBODY", { value: "1" }),
      envvars.del("NOBODY"),
      envvars.list("proj_1", "dev"),
      envvars.create("proj_1", "staging", { name: "A", value: "1" }),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ status: 404 });
    expect(secretVersions(folder.path)).toEqual([1, 2]);
  });

  test("where the server has no right to change them it says what to do, and lists them still", async () => {
    const secrets = [{ name: "STRIPE_KEY", from: "Secrets Manager" }] as const;
    const listed = async () => ({ secrets, versions: [], isComplete: false });
    serve({ envvars: { stage: "Orders", listed, current: async () => undefined } });
    expect(await envvars.list("proj_1", "prod")).toEqual([shown("STRIPE_KEY")]);
    expect(await envvars.list("proj_1", "Orders")).toEqual([shown("STRIPE_KEY")]);
    const calls = [
      envvars.create({ name: "A", value: "1" }),
      envvars.upload({ variables: { A: "1" } }),
      envvars.update("STRIPE_KEY", { value: "1" }),
      envvars.del("STRIPE_KEY"),
    ];
    for (const call of calls) await expect(call).rejects.toThrow(/HF230.*put-secret-value/s);
  });

  test.each([
    ["POST", "", { name: "1A", value: "1" }],
    ["POST", "", { name: "A B", value: "1" }],
    ["POST", "", { name: "HOLDFAST_KEY", value: "1" }],
    ["POST", "", { name: "A", value: "" }],
    ["POST", "", { name: "A", value: "x".repeat(65_537) }],
    ["POST", "", { name: "A", value: "1", isSecret: false }],
    ["POST", "/import", { variables: { "A-B": "1" } }],
    ["POST", "/import", { variables: { A: 1 } }],
    ["POST", "/import", { variables: { A: "1" }, parentVariables: {} }],
    ["PUT", "/STRIPE_KEY", { value: 1 }],
  ] as const)("take no %s %s of another form", async (method, rest, body) => {
    const answer = await w.send(method, `/api/v1/projects/p/envvars/prod${rest}`, body);
    expect(answer.status).toBe(422);
    expect(secretVersions(folder.path)).toEqual([1, 2]);
  });

  test("arguments that fit neither form are refused before anything is asked", async () => {
    const calls = [
      envvars.retrieve(...([] as unknown as [string])),
      envvars.create(...([1, 2, {}] as unknown as [never])),
    ];
    for (const call of calls) await expect(call).rejects.toThrow("HF510");
    expect(asked).toEqual([]);
  });
});
