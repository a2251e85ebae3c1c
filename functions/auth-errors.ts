/** What who is not let in is told. */
import { HoldfastError } from "../engine/errors.ts";

/** HF202, for a missing or a wrong key. */
export function keyRefused(given: boolean): HoldfastError {
  const what = given ? "The key is wrong." : "The request has no key.";
  const fix =
    "Send `Authorization: Bearer <key>` with the project's secret key: HOLDFAST_SECRET_KEY, what `holdfast dev` made and keeps in keys.json of its data folder, or in AWS what `holdfast key` has shown.";
  return new HoldfastError("HF202", what, fix);
}

/** HF202, for a key whose time is over. */
export function keyIsOver(expiresAt: number): HoldfastError {
  const what = `The key has expired (${new Date(expiresAt).toISOString()}).`;
  return new HoldfastError("HF202", what, "Make another one: holdfast keys create.");
}
