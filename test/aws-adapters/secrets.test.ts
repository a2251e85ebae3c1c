/** The project's secret by version, with Secrets Manager played by aws-sdk-client-mock. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, test } from "vitest";
import { secretsManagerSecrets } from "../../functions/aws/secrets.ts";

const settings = { region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };

describe("secrets", () => {
  const secrets = (values: Record<string, string>) => {
    let now = 0;
    let current: string | undefined = Object.keys(values).at(-1);
    const client = new SecretsManagerClient(settings);
    const mock = mockClient(client);
    const gone = Object.assign(new Error("no such version"), { name: "ResourceNotFoundException" });
    mock.on(GetSecretValueCommand).callsFake(({ VersionId = current }: { VersionId?: string }) => {
      if (VersionId === undefined || !(VersionId in values)) throw gone;
      return { VersionId, SecretString: values[VersionId] };
    });
    return {
      mock,
      asked: () => mock.commandCalls(GetSecretValueCommand).length,
      later(ms: number) {
        now += ms;
      },
      rotate(version: string | undefined) {
        current = version;
      },
      secrets: secretsManagerSecrets({ client, secretId: "s", clock: { now: () => now } }),
    };
  };

  test("the current version is asked for each half minute, and once however many ask", async () => {
    const { secrets: s, asked, later, rotate } = secrets({ v1: "{}", v2: '{"A":"2"}' });
    expect(await Promise.all([s.current(), s.current(), s.current()])).toStrictEqual(["v2", "v2", "v2"]);
    rotate("v1");
    later(29_999);
    expect([await s.current(), asked()]).toStrictEqual(["v2", 1]);
    later(1);
    expect([await s.current(), asked()]).toStrictEqual(["v1", 2]);
  });

  test("a version's values are asked for once and for ever; the current one's come with its name", async () => {
    const { secrets: s, asked, later } = secrets({ v1: '{"A":"1"}', v2: '{"A":"2"}' });
    expect(await s.values(undefined)).toStrictEqual({ version: "v2", values: { A: "2" }, isReplaced: false });
    expect(asked()).toBe(1);
    expect(await s.values("v1")).toStrictEqual({ version: "v1", values: { A: "1" }, isReplaced: false });
    later(10_000_000);
    await s.values("v1");
    await s.values("v2");
    expect(asked()).toBe(2);
  });

  test("a version that is gone gives the current one, and says so", async () => {
    const { secrets: s } = secrets({ v2: '{"A":"2"}' });
    expect(await s.values("v1")).toStrictEqual({ version: "v2", values: { A: "2" }, isReplaced: true });
  });

  test("a version that is gone gives the one that is current now, not the one of half a minute ago, be that gone as well or not", async () => {
    const values: Record<string, string> = { v1: '{"A":"1"}', v2: '{"A":"2"}', v3: '{"A":"3"}' };
    const { secrets: s, rotate } = secrets(values);
    rotate("v2");
    expect(await s.current()).toBe("v2");
    rotate("v3");
    delete values.v1;
    expect(await s.values("v1")).toStrictEqual({ version: "v3", values: { A: "3" }, isReplaced: true });
    values.v4 = '{"A":"4"}';
    rotate("v4");
    delete values.v3;
    expect(await s.values("v1")).toStrictEqual({ version: "v4", values: { A: "4" }, isReplaced: true });
    expect(await s.current()).toBe("v4");
  });

  test("a version that is gone is replaced by none while Secrets Manager is away: an older one may be gone for a reason", async () => {
    const { secrets: s, mock, later } = secrets({ v2: '{"A":"2"}' });
    await s.current();
    const gone = Object.assign(new Error("no such version"), { name: "ResourceNotFoundException" });
    mock.on(GetSecretValueCommand).rejects(new Error("away"));
    mock.on(GetSecretValueCommand, { VersionId: "v1" }).rejects(gone);
    await expect(s.values("v1")).rejects.toThrow("away");
    later(30_000);
    expect(await s.current()).toBe("v2");
  });

  test("a version that the current one calls revoked counts as gone", async () => {
    const {
      secrets: s,
      rotate,
      later,
    } = secrets({
      v1: '{"A":"1"}',
      v2: '{"A":"2"}',
      v3: '{"A":"3","HOLDFAST_REVOKED_VERSIONS":"v0, v1"}',
    });
    expect(await s.values("v1")).toMatchObject({ version: "v1" });
    rotate("v3");
    later(30_000);
    await s.current();
    expect(await s.values("v1")).toMatchObject({ version: "v3", values: { A: "3" }, isReplaced: true });
    expect(await s.values("v2")).toMatchObject({ version: "v2", isReplaced: false });
  });

  test("a secret without a value is no settings and no version", async () => {
    const { secrets: s, rotate } = secrets({ v2: "{}" });
    rotate(undefined);
    expect(await s.current()).toBeUndefined();
    expect(await s.values(undefined)).toStrictEqual({ version: undefined, values: {}, isReplaced: false });
  });

  test("while Secrets Manager is away, what was current is; without having seen it, it is an error", async () => {
    const { secrets: s, mock, later } = secrets({ v1: "{}" });
    expect(await s.current()).toBe("v1");
    mock.on(GetSecretValueCommand).rejects(new Error("away"));
    later(60_000);
    expect(await s.current()).toBe("v1");
    await expect(s.values("v0")).rejects.toThrow("away");
    const other = secrets({ v1: "{}" });
    other.mock.on(GetSecretValueCommand).rejects(new Error("away"));
    await expect(other.secrets.current()).rejects.toThrow("away");
  });

  test.each([
    ["{", /not valid JSON/],
    ["[]", /HF411/],
    ['{"A":{"B":"hidden"}}', /Not a string: A\./],
    ['{"A":"ok","PORT":4242}', /Not a string: PORT\./],
  ])("%s is refused by name, and no value is shown", async (text, message) => {
    const { secrets: s } = secrets({ v1: text });
    const error: unknown = await s.values("v1").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "HF411", message: expect.stringMatching(message) });
    expect(String(error)).not.toMatch(/hidden|4242|"ok"/);
  });
});
