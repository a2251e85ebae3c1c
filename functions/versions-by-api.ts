/** What a stack's tasks know of its code versions: what their own api says. Loaded with the first trigger that names one. */
import type { Transport } from "../sdk/transport.ts";

const patienceMs = 27_000;

/** The ids of a version's tasks; undefined: it is not kept. Rejects where the api does not say. */
export async function tasksByApi(api: Transport, version: string): Promise<readonly string[] | undefined> {
  const answer = await api.request({
    method: "GET",
    path: `/api/v1/versions/${encodeURIComponent(version)}`,
    headers: {},
    signal: AbortSignal.timeout(patienceMs),
  });
  const body = (await answer.json()) as { readonly tasks?: readonly string[]; readonly code?: string };
  if (answer.ok) return body.tasks;
  if (body.code === "HF229") return undefined;
  throw new Error(`The api did not say which tasks code version ${version} has: ${answer.status}.`);
}
