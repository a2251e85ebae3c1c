/**
 * `holdfast/react`: runs on a page. Needs React 18 or newer, and public tokens; no key ever reaches the page.
 *
 * @module holdfast/react
 */
export { type ApiOptions, TriggerAuthContext } from "./access.ts";
export {
  type InputStreamSend,
  type TaskTrigger,
  useInputStreamSend,
  useRealtimeTaskTrigger,
  useRealtimeTaskTriggerWithStreams,
  useTaskTrigger,
  useWaitToken,
  type WaitToken,
} from "./actions.ts";
export {
  type RealtimeOptions,
  type RealtimeRun,
  type RealtimeRunOptions,
  type RealtimeRuns,
  useRealtimeBatch,
  useRealtimeRun,
  useRealtimeRunsWithTag,
} from "./realtime.ts";
export { type RunLook, type RunOptions, useRun } from "./run.ts";
export {
  type RealtimeStream,
  type RealtimeStreamOptions,
  useRealtimeRunWithStreams,
  useRealtimeStream,
} from "./streams.ts";
