/** The client of Secrets Manager, in a file of its own: a function without secrets does not load it. */
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type ClientSettings, patience } from "./patience.ts";

/** Secrets Manager. */
export const makeSecretsClient = (settings: ClientSettings = {}): SecretsManagerClient =>
  new SecretsManagerClient({ ...patience, ...settings });
