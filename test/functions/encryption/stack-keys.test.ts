/** The keys of run data in AWS: read once, read again now and then, and made once. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { collectingDoorbell, memorySpill } from "../../../engine/memory-ports.ts";
import { memoryStore } from "../../../engine/memory-store.ts";
import { openEncryption } from "../../../functions/aws/encryption.ts";
import { makeEncryptionKey } from "../../../functions/aws/encryption-key.ts";
import { secretText } from "../../../functions/aws/secrets.ts";
import { realChance, realClock } from "../../../functions/clock.ts";
import { aRun } from "../../contract/runs.ts";

const mock = mockClient(SecretsManagerClient);
const settings = { region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };
const secretId = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:Orders-AbCdEf";
const [older, newer] = ["o".repeat(40), "n".repeat(40)];
/** The text of the secret; undefined: none was put. */
let text: string | undefined;
let isAway: boolean;
let now: number;

beforeEach(() => {
  [text, isAway, now] = [older, false, 0];
  mock.reset();
  mock.on(GetSecretValueCommand).callsFake(async () => {
    if (isAway) throw new Error("Secrets Manager is away.");
    if (text === undefined) throw new ResourceNotFoundException({ $metadata: {}, message: "none" });
    return { SecretString: text };
  });
});

const opened = () =>
  openEncryption({
    secretId,
    read: (id) => secretText(new SecretsManagerClient(settings), id),
    clock: { now: () => now },
  });
const world = () => ({
  store: memoryStore(),
  doorbell: collectingDoorbell(),
  spill: memorySpill(),
  clock: realClock,
  chance: realChance,
});
const asked = (): number => mock.commandCalls(GetSecretValueCommand).length;

test("the key is asked for once, and again behind ten minutes: a new one that is put in front seals, and the old one still opens", async () => {
  const encryption = await opened();
  const plain = world();
  const { store } = encryption.ports(plain);
  const first = await store.create(aRun({ payload: { inline: 'j"one"' } }));
  const link = encryption.linkKey();
  for (const minute of [1, 9]) {
    now = minute * 60_000;
    await encryption.renew();
  }
  expect(asked()).toBe(1);
  text = `${newer}\n${older}\n`;
  now = 601_000;
  await encryption.renew();
  expect(asked()).toBe(2);
  expect(encryption.linkKey().equals(link)).toBe(false);
  const second = await store.create(aRun({ payload: { inline: 'j"two"' } }));
  const fresh = (await opened()).ports(plain).store;
  expect([(await fresh.read(first.run.id))?.payload, (await fresh.read(second.run.id))?.payload]).toEqual([
    { inline: 'j"one"' },
    { inline: 'j"two"' },
  ]);
  text = newer;
  await expect((await opened()).ports(plain).store.read(first.run.id)).rejects.toThrow("HF331");
});

test("keys that were read are good while the secret cannot be read again", async () => {
  const encryption = await opened();
  const { store } = encryption.ports(world());
  const { run } = await store.create(aRun({ payload: { inline: 'j"one"' } }));
  [now, isAway] = [601_000, true];
  await encryption.renew();
  expect(await store.read(run.id)).toMatchObject({ payload: { inline: 'j"one"' } });
});

test("without a key yet, or with one of another form, nothing is sealed with anything: HF411", async () => {
  text = undefined;
  await expect(opened()).rejects.toThrow(/HF411 .*no encryption key yet.*holdfast deploy/);
  text = "short";
  await expect(opened()).rejects.toThrow("HF411");
});

test("the first key is made where there is none, of several that make it at once one is kept, and one that is there stays", async () => {
  mock.on(DescribeSecretCommand).callsFake(async () => ({
    VersionIdsToStages: text === undefined ? undefined : { v1: ["AWSCURRENT"] },
  }));
  mock.on(PutSecretValueCommand).callsFake(async ({ SecretString = "" }: { SecretString?: string }) => {
    if (text !== undefined) throw new ResourceExistsException({ $metadata: {}, message: "there" });
    text = SecretString;
    return {};
  });
  text = undefined;
  const made = await Promise.all([
    makeEncryptionKey(secretId, settings),
    makeEncryptionKey(secretId, settings),
  ]);
  expect(made.sort()).toEqual([false, true]);
  const tokens = mock.commandCalls(PutSecretValueCommand).map(({ args }) => args[0].input.ClientRequestToken);
  expect(new Set(tokens).size).toBe(1);
  const kept = String(text);
  expect(kept.trim()).toMatch(/^[\w-]{43}$/);
  expect(await makeEncryptionKey(secretId, settings)).toBe(false);
  expect(text).toBe(kept);
});
