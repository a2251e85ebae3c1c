/** The published versions of the dispatcher: which are listed, and what goes with one that is removed. */
import {
  DeleteFunctionCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
  ResourceConflictException,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, test } from "vitest";
import { lambdaDeployments } from "../../functions/aws/lambda-deployments.ts";
import { lambdaVersions } from "../../functions/aws/lambda-versions.ts";

const settings = { region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };

describe("the versions of the dispatcher", () => {
  const client = new LambdaClient(settings);
  const mock = mockClient(client);
  const versions = lambdaVersions(client, "dispatcher");

  test("are listed over all pages, $LATEST left out", async () => {
    const page = (numbers: string[], NextMarker?: string) => ({
      Versions: numbers.map((Version) => ({ Version })),
      ...(NextMarker && { NextMarker }),
    });
    mock.on(ListVersionsByFunctionCommand).resolves(page(["$LATEST", "1", "2"], "more"));
    mock.on(ListVersionsByFunctionCommand, { Marker: "more" }).resolves(page(["3"]));
    expect(await versions.list()).toEqual([1, 2, 3]);
  });

  test("go by their number alone; one that is gone is gone, one that an alias is on is kept", async () => {
    mock.on(DeleteFunctionCommand).resolves({});
    expect(await versions.remove(4)).toBe(true);
    expect(mock.commandCalls(DeleteFunctionCommand)[0]?.args[0].input).toEqual({
      FunctionName: "dispatcher",
      Qualifier: "4",
    });
    const said = { $metadata: {}, message: "m" };
    mock.on(DeleteFunctionCommand).rejects(new ResourceNotFoundException(said));
    expect(await versions.remove(4)).toBe(true);
    mock.on(DeleteFunctionCommand).rejects(new ResourceConflictException(said));
    expect(await versions.remove(4)).toBe(false);
    mock.on(DeleteFunctionCommand).rejects(new Error("away"));
    await expect(versions.remove(4)).rejects.toThrow("away");
  });

  test("take versions of larger functions with them that no other version names, before themselves", async () => {
    mock.reset();
    const arn = (size: number, number: number) => `arn:aws:lambda:eu-central-1:1:function:m${size}:${number}`;
    const naming = (Version: string, ...version: string[]) => {
      const told = version.map((each) => ({ memoryMb: 1, queueUrl: "u", version: each }));
      return { Version, Environment: { Variables: { HOLDFAST_LARGER: JSON.stringify(told) } } };
    };
    mock.on(ListVersionsByFunctionCommand).resolves({
      Versions: [
        { Version: "1" },
        naming("2", arn(2_048, 5), arn(8_192, 1)),
        naming("3", arn(2_048, 6), arn(8_192, 1)),
      ],
    });
    const gone = () =>
      mock
        .commandCalls(DeleteFunctionCommand)
        .map(({ args: [{ input }] }) => `${input.FunctionName}:${input.Qualifier}`);
    mock.on(DeleteFunctionCommand).resolves({});
    const fresh = lambdaVersions(client, "dispatcher");
    for (const version of [1, 2]) expect(await fresh.remove(version)).toBe(true);
    expect(gone()).toEqual(["dispatcher:1", "m2048:5", "dispatcher:2"]);
    // Its function has gone with a deployment, and the right with it.
    const said = { name: "AccessDeniedException", $metadata: {}, message: "m" };
    mock.on(DeleteFunctionCommand, { FunctionName: "m8192" }).rejects(Object.assign(new Error("no"), said));
    mock.on(DeleteFunctionCommand, { FunctionName: "m2048" }).rejects(new Error("away"));
    await expect(fresh.remove(3)).rejects.toThrow("away");
    mock.on(DeleteFunctionCommand, { FunctionName: "m2048" }).resolves({});
    expect(await fresh.remove(3)).toBe(true);
    expect(gone().slice(-3)).toEqual(["m2048:6", "m8192:1", "dispatcher:3"]);
  });
});

test("deployments are the published versions, as runs are pinned to them, with when they were published", async () => {
  const client = new LambdaClient(settings);
  const mock = mockClient(client);
  const version = (Version: string, code?: string) => ({
    Version,
    LastModified: "2026-11-28T04:00:00.000+0000",
    Runtime: "nodejs24.x" as const,
    Environment: { Variables: { ...(code !== undefined && { HOLDFAST_CODE_VERSION: code }) } },
  });
  mock.on(ListVersionsByFunctionCommand).resolves({
    Versions: [version("$LATEST", "ef01"), version("7", "abcd-12")],
    NextMarker: "more",
  });
  mock.on(ListVersionsByFunctionCommand, { FunctionName: "dispatcher", Marker: "more" }).resolves({
    Versions: [version("8", "ef01"), version("9")],
  });
  const at = Date.parse("2026-11-28T04:00:00Z");
  expect(await lambdaDeployments(client, "dispatcher")).toEqual([
    { version: "7.abcd-12", at, nodeVersion: "24" },
    { version: "8.ef01", at, nodeVersion: "24" },
  ]);
});
