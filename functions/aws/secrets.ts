/**
 * The project's secret: one JSON object of strings in Secrets Manager, by version.
 *
 * Owns:      which version is current (asked each half minute), and the values of versions (asked once: they never change).
 * Never:     shows a value in an error.
 * Invariant: a version that is gone is replaced by the one that is current at that moment, and the answer says so.
 */
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { HoldfastError } from "../../engine/errors.ts";
import type { ProjectSecrets, SecretValues, SecretVersion } from "../project-secrets.ts";

/** What the secrets are made of. */
export interface SecretsOptions {
  readonly client: SecretsManagerClient;
  readonly secretId: string;
  readonly clock: { now(): number };
  /** How long a version is taken for the current one. */
  readonly currentMs?: number;
}

/** The field of the secret that lists revoked versions: Secrets Manager has no call that takes one away. */
export const revokedName = "HOLDFAST_REVOKED_VERSIONS";
/** Versions kept in memory: a leaked one should not be kept for longer than it is of use. */
const versionsKept = 16;

const isGone = (error: unknown): boolean =>
  error instanceof Error && error.name === "ResourceNotFoundException";

/** The versions that a secret's values take away. */
export const revokedIn = (values: SecretValues | undefined): string[] =>
  (values?.[revokedName] ?? "").split(/[\s,]+/).filter(Boolean);

/** The values in a secret's text. @throws HoldfastError HF411 */
export function secretValuesOf(text: string | undefined): SecretValues {
  let found: unknown;
  try {
    found = JSON.parse(text ?? "");
  } catch {
    throw badForm("It is not valid JSON.");
  }
  // By hand: a library that checks forms would be a fortieth of what the dispatcher loads at its start.
  if (typeof found !== "object" || found === null || Array.isArray(found)) throw badForm("It is no object.");
  const strange = Object.entries(found).flatMap(([name, value]) => (typeof value === "string" ? [] : [name]));
  if (strange.length > 0) throw badForm(`Not a string: ${strange.join(", ")}.`);
  return found as SecretValues;
}

function badForm(what: string): HoldfastError {
  return new HoldfastError(
    "HF411",
    `The project's secret is not a JSON object of strings. ${what}`,
    'Put a value such as {"STRIPE_KEY": "sk_…"} into the secret; the next run uses it.',
  );
}

/** The current text of a secret, whatever its form is; undefined where nothing was put there yet. */
export async function secretText(
  client: SecretsManagerClient,
  SecretId: string,
): Promise<string | undefined> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The secret `secretId` in Secrets Manager. */
export function secretsManagerSecrets(options: SecretsOptions): ProjectSecrets {
  const { client, secretId: SecretId, clock, currentMs = 30_000 } = options;
  const versions = new Map<string, SecretValues>();
  let known: { readonly version: string | undefined; readonly until: number } | undefined;
  let asking: Promise<string | undefined> | undefined;

  function keep(version: string, text: string | undefined): SecretValues {
    const values = secretValuesOf(text);
    versions.set(version, values);
    const [oldest] = versions.keys();
    if (versions.size > versionsKept && oldest !== undefined) versions.delete(oldest);
    return values;
  }

  async function ask(): Promise<string | undefined> {
    let version: string | undefined;
    try {
      const answer = await client.send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSCURRENT" }));
      version = answer.VersionId;
      if (version !== undefined && !versions.has(version)) keep(version, answer.SecretString);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    known = { version, until: clock.now() + currentMs };
    return version;
  }

  /** What was current a minute ago is better than no run at all: the values of a version never change. */
  async function askOrRemember(): Promise<string | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (known === undefined || error instanceof HoldfastError) throw error;
      return known.version;
    }
  }

  async function current(): Promise<string | undefined> {
    if (known !== undefined && clock.now() < known.until) return known.version;
    asking ??= askOrRemember().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  /** Undefined: the version is gone. */
  async function valuesOf(version: string): Promise<SecretValues | undefined> {
    const kept = versions.get(version);
    if (kept !== undefined) return kept;
    try {
      const answer = await client.send(new GetSecretValueCommand({ SecretId, VersionId: version }));
      return keep(version, answer.SecretString);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** The current version, as it was seen last, says which others must not be used any more. */
  function isRevoked(version: string): boolean {
    const now = known?.version;
    const found = now === undefined || now === version ? undefined : versions.get(now);
    return revokedIn(found).includes(version);
  }

  async function values(asked: string | undefined): Promise<SecretVersion> {
    const pinned = asked === undefined || isRevoked(asked) ? undefined : await valuesOf(asked);
    if (pinned !== undefined) return { version: asked, values: pinned, isReplaced: false };
    const isReplaced = asked !== undefined;
    // Whoever took that version away has made another one current, and perhaps taken away what was current half a minute ago.
    const version = isReplaced ? await ask() : await current();
    const found = version === undefined ? undefined : await valuesOf(version);
    return { version, values: found ?? {}, isReplaced };
  }

  return { current, values };
}
