/**
 * Secrets Manager, as far as the functions use it: values by version id and stage.
 *
 * Invariant: a value that was put is a version of its own; AWSCURRENT moves, AWSPREVIOUS follows, as at AWS.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { type Json, type JsonObject, number, object, only, text } from "./json.ts";
import type { Backend } from "./proxy.ts";
import { answer, failure, type Reply } from "./replies.ts";
import type { Resource, Template } from "./template.ts";

interface Version {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
}

interface Secret {
  /** Logical id. */
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  /** Oldest first; the last is current. */
  readonly versions: Version[];
}

/** The secrets of one bench. */
export class Secrets {
  readonly #secrets: Secret[] = [];

  /** Makes the template's secrets; one that is there keeps its value. */
  create(template: Template): void {
    for (const resource of template.all("AWS::SecretsManager::Secret")) {
      const arn = template.ref(resource.id);
      if (this.#secrets.some((each) => each.arn === arn)) continue;
      const name = (arn.split(":secret:")[1] ?? "").replace(/-[^-]+$/, "");
      this.#secrets.push({
        id: resource.id,
        arn,
        name,
        versions: firstValue(resource).map((value) => version(value)),
      });
    }
  }

  /** Puts a text into another secret of the stack, by its logical id; undefined: shows the text that is there. */
  text(id: string, text?: string): string | undefined {
    const versions = this.#secrets.find((each) => each.id === id)?.versions;
    if (text !== undefined) versions?.push(version(text));
    return versions?.at(-1)?.value;
  }

  /** Puts values into the project's secret, as a person would; gives the new version's id. */
  put(values: Readonly<Record<string, string>>): string {
    const secret = this.#only();
    const current = JSON.parse(secret.versions.at(-1)?.value ?? "{}") as JsonObject;
    const next = version(JSON.stringify({ ...current, ...values }));
    secret.versions.push(next);
    return next.id;
  }

  /** Takes all values away: as CloudFormation makes it. */
  empty(): void {
    this.#only().versions.length = 0;
  }

  /** Deletes a version, as Secrets Manager does with old ones that have no label. */
  purge(id: string): void {
    const { versions } = this.#only();
    const at = versions.findIndex((each) => each.id === id);
    if (at >= 0) versions.splice(at, 1);
  }

  /** The current values. */
  values(): JsonObject {
    return JSON.parse(this.#only().versions.at(-1)?.value ?? "{}") as JsonObject;
  }

  /** Answers the functions' calls. */
  readonly backend: Backend = ({ name, parameters }) => Promise.resolve(this.#answer(name, parameters));

  #answer(action: string, parameters: JsonObject): Reply {
    const members = action === "PutSecretValue" ? putMembers : readMembers;
    only(parameters, members, `secretsmanager:${action}`);
    const id = text(parameters.SecretId, "SecretId");
    const secret = this.#secrets.find(({ arn, name }) => arn === id || name === id);
    if (secret === undefined) return missing("Secrets Manager can't find the specified secret.");
    const { arn, name, versions } = secret;
    if (action === "PutSecretValue") {
      const next = version(text(parameters.SecretString, "SecretString"), parameters.ClientRequestToken);
      const same = versions.find(({ id }) => id === next.id);
      if (same !== undefined && same.value !== next.value) {
        const message = `A version with the id ${next.id} exists already, with other contents.`;
        return failure("secretsmanager", 400, "ResourceExistsException", message);
      }
      if (same === undefined) versions.push(next);
      const stages = stagesOf(secret, next);
      return answer("secretsmanager", { ARN: arn, Name: name, VersionId: next.id, VersionStages: stages });
    }
    if (action === "DescribeSecret") {
      const stages = versions.map((each) => [each.id, stagesOf(secret, each)] as const);
      return answer("secretsmanager", {
        ARN: arn,
        Name: name,
        VersionIdsToStages: Object.fromEntries(stages),
      });
    }
    const stage = parameters.VersionStage ?? (parameters.VersionId === undefined ? "AWSCURRENT" : undefined);
    const found = versions.find(
      (each) =>
        (parameters.VersionId === undefined || each.id === parameters.VersionId) &&
        (stage === undefined || stagesOf(secret, each).includes(String(stage))),
    );
    if (found === undefined) {
      const which =
        parameters.VersionId === undefined ? `staging label: ${stage}` : `VersionId: ${parameters.VersionId}`;
      return missing(`Secrets Manager can't find the specified secret value for ${which}`);
    }
    return answer("secretsmanager", {
      ARN: arn,
      Name: name,
      VersionId: found.id,
      SecretString: found.value,
      VersionStages: stagesOf(secret, found),
      CreatedDate: found.createdAt / 1_000,
    });
  }

  #only(): Secret {
    const [secret, ...others] = this.#secrets.filter(({ id }) => /Secret$/.test(id));
    if (secret === undefined || others.length > 0)
      throw new Error(`The stack has ${this.#secrets.length} secrets; one is meant.`);
    return secret;
  }
}

const readMembers = ["SecretId", "VersionId", "VersionStage"] as const;
const putMembers = ["SecretId", "SecretString", "ClientRequestToken"] as const;

const missing = (message: string): Reply =>
  failure("secretsmanager", 400, "ResourceNotFoundException", message);

const version = (value: string, id: Json = randomUUID()): Version => ({
  id: text(id, "ClientRequestToken"),
  value,
  createdAt: Date.now(),
});

function stagesOf({ versions }: Secret, { id }: Version): string[] {
  if (versions.at(-1)?.id === id) return ["AWSCURRENT"];
  return versions.at(-2)?.id === id ? ["AWSPREVIOUS"] : [];
}

const generated = [
  "SecretStringTemplate",
  "GenerateStringKey",
  "PasswordLength",
  "ExcludePunctuation",
  "ExcludeCharacters",
] as const;

/** A value as Secrets Manager makes it: of letters and digits, which every exclusion of ours allows; none, if none is wanted. */
function firstValue({ id, properties }: Resource): string[] {
  if (properties.SecretString !== undefined) return [text(properties.SecretString, `${id}.SecretString`)];
  if (properties.GenerateSecretString === undefined) return [];
  const wanted = only(object(properties.GenerateSecretString, id), generated, `${id}.GenerateSecretString`);
  const length = number(wanted.PasswordLength ?? 32, `${id}.PasswordLength`);
  const password = randomBytes(length).toString("base64url").replace(/[-_]/g, "x").slice(0, length);
  if (wanted.GenerateStringKey === undefined) return [password];
  const template = JSON.parse(text(wanted.SecretStringTemplate, `${id}.SecretStringTemplate`)) as JsonObject;
  return [JSON.stringify({ ...template, [text(wanted.GenerateStringKey, id)]: password })];
}
