/** The client of CloudWatch Logs, in a file of its own: a function that searches no log does not load it. */
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { type ClientSettings, patience } from "./patience.ts";

/** A call that searches takes its time, and may be one too many of the few that an account has each second. */
const searching = {
  ...patience,
  requestHandler: { ...patience.requestHandler, requestTimeout: 10_000 },
} as const;

/** CloudWatch Logs. */
export const makeLogsClient = (settings: ClientSettings = {}): CloudWatchLogsClient =>
  new CloudWatchLogsClient({ ...searching, ...settings });
