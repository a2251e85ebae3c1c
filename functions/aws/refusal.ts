/** What it means when AWS does not let a caller do something: HF515, with the action that would have to be allowed. */
import { HoldfastError } from "../../engine/errors.ts";

const refusals =
  /^(AccessDenied|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|InvalidSignature|SignatureDoesNotMatch|CredentialsProvider|KMSAccessDenied)/;

/** Is this a refusal of the caller, for his rights or his credentials? */
export const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && refusals.test(error.name);

/** The error for a caller who may not do `what`. */
export function refusedCaller(
  error: Error,
  what: string,
  fix = "The message names what must be allowed to this caller. See that the call is made with the role that you mean (AWS_PROFILE).",
): HoldfastError {
  const isNobody = error.name.startsWith("CredentialsProvider");
  const who = isNobody
    ? "Say who calls: AWS_PROFILE, behind `aws sso login`, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    : fix;
  return new HoldfastError("HF515", `AWS does not let this caller ${what} (${error.message}).`, who, {
    cause: error,
  });
}
