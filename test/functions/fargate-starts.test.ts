/** Starts of tasks of Fargate, as ECS hears of them: `test/aws/long-running.test.ts` has them on the template brought to life. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { MachineName } from "../../engine/machines.ts";
import type { Run } from "../../engine/run.ts";
import { makeDynamoClient } from "../../functions/aws/clients.ts";
import { fargate } from "../../functions/aws/fargate.ts";
import { PlaceGone } from "../../functions/long-running.ts";
import { close, listen } from "../world/world.ts";

interface Asked {
  readonly overrides: { readonly cpu: string; readonly memory: string };
  readonly clientToken: string;
}

let server: Server;
let asked: Asked[] = [];
let answers: [status: number, answer: object][] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      asked.push(JSON.parse(body) as Asked);
      const [status, answer] = answers.shift() ?? [200, { tasks: [{ taskArn: "a-task" }], failures: [] }];
      response.statusCode = status;
      response.end(JSON.stringify(answer));
    });
  });
  await listen(server);
});
afterAll(() => close(server));
beforeEach(() => {
  asked = [];
  answers = [];
});

const settings = { region: "eu-central-1", credentials: { accessKeyId: "id", secretAccessKey: "key" } };
const start = (machine?: MachineName) =>
  fargate({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ...{ cluster: "cluster", family: "family", subnets: ["subnet-1"], securityGroups: ["sg-1"] },
    signer: makeDynamoClient(settings).config,
    ...{ functionName: "dispatcher", version: "3" },
    machineOf: () => machine,
  }).start({ id: "run_1", epoch: 1, wakeAt: 1 } as Run, 0);

test("a start names the size of its run's machine", async () => {
  expect(await start()).toBe("a-task");
  await start("micro");
  await start("large-2x");
  expect(asked.map(({ overrides: { cpu, memory } }) => [cpu, memory])).toEqual([
    ["512", "1024"],
    ["256", "512"],
    ["8192", "16384"],
  ]);
});

test("a cluster that has gone, or the right to it, is asked for once; what may pass by is asked for again under the same token", async () => {
  for (const name of ["AccessDeniedException", "ClusterNotFoundException"]) {
    answers = [[400, { __type: `com.amazonaws.ecs#${name}`, message: "No." }]];
    await expect(start()).rejects.toThrow(PlaceGone);
  }
  expect(asked).toHaveLength(2);
  answers = [[500, { __type: "ServerException" }]];
  expect(await start()).toBe("a-task");
  expect(new Set(asked.slice(2).map(({ clientToken }) => clientToken)).size).toBe(1);
  expect(asked).toHaveLength(4);
});
