/**
 * Freeing an idempotency key from outside a run: over HTTP, with the configured key.
 */
import { NotFoundError } from "./api-errors.ts";
import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";

/** Frees a key in all forms that it may be kept in. @throws NotFoundError where no run has it in any */
export async function resetKey(
  taskIdentifier: string,
  forms: readonly string[],
): Promise<{ readonly id: string }> {
  const body = JSON.stringify({ taskIdentifier });
  const found: { readonly id: string }[] = [];
  let missing: unknown;
  for (const form of forms) {
    const path = `/api/v1/idempotencyKeys/${encodeURIComponent(form)}/reset`;
    try {
      found.push(await askApi<{ id: string }>(clientConfig(), { method: "POST", path, body }));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      missing = error;
    }
  }
  if (found[0] === undefined) throw missing;
  return found[0];
}
