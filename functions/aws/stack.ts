/**
 * The projects of a deployed stack, by its outputs: what the command line is told with `--stack`.
 *
 * Owns:      how outputs are read (`infra/outputs.ts` writes them), and which project of a stack is meant.
 */
import { CloudFormationClient, DescribeStacksCommand, type Output } from "@aws-sdk/client-cloudformation";
import { HoldfastError } from "../../engine/errors.ts";
import { type ClientSettings, patience } from "./patience.ts";
import { isRefusal, refusedCaller } from "./refusal.ts";

/** A project, as far as its outputs tell. */
export interface DeployedProject {
  /** The construct's id. */
  readonly id: string;
  readonly url: string;
  /** Name of the api function. */
  readonly apiFunction: string;
  /** ARN of the project's secret. */
  readonly secret: string;
  /** ARN of the secret with the keys of run data, where they are encrypted. */
  readonly encryption?: string;
}

/** The projects that outputs (name to value) tell of. */
export function projectsIn(outputs: Readonly<Record<string, string>>): DeployedProject[] {
  return Object.entries(outputs).flatMap(([name, apiFunction]) => {
    const id = /^(.+)ApiFunctionName$/.exec(name)?.[1];
    const [url, secret] = [outputs[`${id}Url`], outputs[`${id}SecretArn`]];
    const encryption = outputs[`${id}EncryptionArn`];
    return id === undefined || url === undefined || secret === undefined
      ? []
      : [{ id, url, apiFunction, secret, ...(encryption !== undefined && { encryption }) }];
  });
}

/**
 * The project that `asked` names: a stack, or `<stack>/<construct id>` where a stack has several.
 * @throws HoldfastError HF504 for a stack or project that is not there, HF515 where AWS does not let it be looked up
 */
export async function findProject(asked: string, settings: ClientSettings = {}): Promise<DeployedProject> {
  const [stack = "", id] = asked.split("/");
  const found = projectsIn(await outputsOf(stack, settings));
  const meant = id === undefined ? found : found.filter((project) => project.id === id);
  const [only, ...others] = meant;
  if (only !== undefined && others.length === 0) return only;
  const names = found.map((project) => `${stack}/${project.id}`).join(", ");
  const what = others.length > 0 ? `has several projects: ${names}` : `has no project${id ? ` "${id}"` : ""}`;
  const fix =
    names === ""
      ? "Name a stack with a Holdfast in it, and deploy it again if it is older."
      : `Name one of them: ${names}.`;
  throw new HoldfastError("HF504", `The stack ${stack} ${what}.`, fix);
}

/** What a call that got nowhere is called. */
const codeOf = (error: Error): string =>
  "code" in error && typeof error.code === "string" ? error.code : error.name;

async function outputsOf(stack: string, settings: ClientSettings): Promise<Record<string, string>> {
  const client = new CloudFormationClient({ ...patience, ...settings });
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return outputsIn(Stacks?.[0]?.Outputs ?? []);
  } catch (error) {
    if (isRefusal(error)) throw refusedCaller(error, `look up the stack ${stack}`);
    const isUnreached =
      error instanceof Error && /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|Timeout/.test(codeOf(error));
    if (isUnreached) {
      const fix = "Check the network, and the region (AWS_REGION).";
      throw new HoldfastError("HF504", `AWS cannot be reached (${codeOf(error)}).`, fix, { cause: error });
    }
    if (!(error instanceof Error) || !/does not exist/.test(error.message)) throw error;
    const fix = "Check the name, the region (AWS_REGION) and the account (AWS_PROFILE).";
    throw new HoldfastError("HF504", `There is no stack ${stack} here.`, fix, { cause: error });
  } finally {
    client.destroy();
  }
}

const outputsIn = (outputs: readonly Output[]): Record<string, string> =>
  Object.fromEntries(outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
