/**
 * Starts tasks of Fargate by ECS's `RunTask`, signed by the function's own role. AWS's client of ECS would be a package more for
 * everybody, for one call.
 *
 * Never:     waits for a task to begin: what became of it is told by the run alone, when it is claimed.
 * Invariant: the same start twice is one task: ECS answers a token that it knows with the task that there is.
 */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { SignatureV4 } from "@smithy/signature-v4";
import { fargateSize } from "../../engine/fargate-size.ts";
import { type MachineName, usualMachine } from "../../engine/machines.ts";
import type { Run } from "../../engine/run.ts";
import type { FargateConfig } from "../config.ts";
import { PlaceGone, type StartsPasses } from "../long-running.ts";
import type { Signer } from "./xray.ts";

/** What starts take. */
export interface FargateOptions extends FargateConfig {
  readonly signer: Signer;
  /** The dispatcher whose code it is, and which of its versions. */
  readonly functionName: string;
  readonly version: string;
  /** The machine that a run asks for; undefined: none. */
  readonly machineOf: (run: Run) => MachineName | undefined;
}

const tries = 3;
const requestMs = 10_000;
/** The container's name in the task definition. */
const container = "pass";
/** What ECS says of a token that is known with other settings: a deployment has changed these meanwhile, and the task is there. */
const isKnown = "ConflictException";

/** What ECS says where the right to start, and the cluster, went with a deployment. */
const goneNames = new Set(["AccessDeniedException", "ClusterNotFoundException"]);

/** What ECS gave. Throws for a refusal; PlaceGone where asking again is of no use. */
function answered({ status, answer }: { readonly status: number; readonly answer: Answer }): Answer {
  const error = answer.__type?.split("#").at(-1) ?? "";
  if (status < 300 || error === isKnown) return answer;
  const what = `ECS refused to start a task: ${status} ${error} ${answer.message ?? ""}`;
  throw goneNames.has(error) ? new PlaceGone(what) : new Error(what);
}

/** A start has one token for its run, the claim that it follows on, the time for which it is due, and how many there were. */
function tokenOf({ id, epoch, wakeAt = 0 }: Run, number: number): string {
  return createHash("sha256").update(`${id} ${epoch} ${wakeAt} ${number}`).digest("hex").slice(0, 32);
}

interface Answer {
  readonly tasks?: readonly { readonly taskArn?: string }[];
  readonly failures?: readonly { readonly reason?: string; readonly detail?: string }[];
  readonly __type?: string;
  readonly message?: string;
}

/** Starts of tasks. */
export function fargate(options: FargateOptions): StartsPasses {
  const { url, cluster, family, subnets, securityGroups, signer, functionName, version, machineOf } = options;
  const sign = new SignatureV4({ service: "ecs", ...signer });
  const { protocol, hostname, port, host, pathname: path } = new URL(url);

  async function call(body: string): Promise<{ readonly status: number; readonly answer: Answer }> {
    const { headers } = await sign.sign({
      method: "POST",
      protocol,
      hostname,
      ...(port === "" ? {} : { port: Number(port) }),
      path,
      headers: {
        host,
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AmazonEC2ContainerServiceV20141113.RunTask",
      },
      body,
    });
    const { host: _, ...others } = headers;
    const signal = AbortSignal.timeout(requestMs);
    const response = await fetch(url, { method: "POST", headers: others, body, redirect: "error", signal });
    const text = await response.text();
    return { status: response.status, answer: (text.startsWith("{") ? JSON.parse(text) : {}) as Answer };
  }

  /** Its token makes it safe to ask again. */
  async function ask(body: string): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return answered(await call(body));
      } catch (error) {
        if (attempt === tries || error instanceof PlaceGone) throw error;
        await sleep(300 * 2 ** attempt);
      }
    }
  }

  return {
    async start(run, number) {
      const settings = {
        HOLDFAST_LONG_RUN: run.id,
        HOLDFAST_LONG_FUNCTION: functionName,
        HOLDFAST_LONG_VERSION: version,
      };
      const environment = Object.entries(settings).map(([name, value]) => ({ name, value }));
      const { vcpu, gb } = fargateSize(machineOf(run) ?? usualMachine);
      const size = { cpu: String(vcpu * 1_024), memory: String(gb * 1_024) };
      const awsvpcConfiguration = { subnets, securityGroups, assignPublicIp: "DISABLED" };
      const { tasks = [], failures = [] } = await ask(
        JSON.stringify({
          cluster,
          taskDefinition: family,
          launchType: "FARGATE",
          count: 1,
          clientToken: tokenOf(run, number),
          startedBy: run.id,
          networkConfiguration: { awsvpcConfiguration },
          overrides: { ...size, containerOverrides: [{ name: container, environment }] },
        }),
      );
      const [failure] = failures;
      if (failure === undefined) return tasks[0]?.taskArn;
      throw new Error(`ECS started no task: ${failure.reason ?? ""} ${failure.detail ?? ""}`);
    },
  };
}
