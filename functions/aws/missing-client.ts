/** AWS's clients are loaded on use, and are not brought along: what it means when one is not there. */
import { HoldfastError } from "../../engine/errors.ts";

/** HF516 for a package of AWS's that is not installed; anything else as it is. For `import(…).catch(…)`. */
export function clientMissing(cause: unknown): never {
  const { code, message = "" } = cause as { code?: unknown; message?: string };
  const name = /'(@(?:aws-sdk|smithy)\/[^'/]+)/.exec(message)?.[1];
  if (code !== "ERR_MODULE_NOT_FOUND" || name === undefined) throw cause;
  const fix = `Install it beside Holdfast: npm install ${name}.`;
  throw new HoldfastError("HF516", `The package ${name} is not there.`, fix, { cause });
}
