/** The client of Lambda, in a file of its own: it is the largest of all, and most invocations hand nothing over. */
import { LambdaClient } from "@aws-sdk/client-lambda";
import { type ClientSettings, patience } from "./patience.ts";

/** Lambda, to hand a run over to another version. */
export const makeLambdaClient = (settings: ClientSettings = {}): LambdaClient =>
  new LambdaClient({ ...patience, ...settings });
