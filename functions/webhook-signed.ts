/**
 * The parts of a signed delivery: the signatures in its headers, and the bytes that they are of.
 *
 * Never: turns a body into text.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { AsymmetricVerifier, HmacVerifier, SigningValue } from "../sdk/webhook-verifiers.ts";

type Signed = HmacVerifier | AsymmetricVerifier;

/** A delivery as it came; `url`: the address that it was sent to, the public one. */
export interface Sent {
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly url: string;
}

/** HF204. */
export function refused(what: string): HoldfastError {
  const fix = "Sign with the secret of the webhook's setting, over the very bytes that are sent.";
  return new HoldfastError("HF204", what, fix);
}

const mostSignatures = 16;

/** The signatures of the header, and the time where it stands among them. */
export function signaturesIn(
  verifier: Signed,
  headers: Headers,
): { readonly signatures: readonly Buffer[]; readonly time: string | undefined } {
  const { signatureHeader, signature = {}, timestamp } = verifier;
  const more = verifier.scheme === "hmac" ? verifier.additionalSignatureHeaders : undefined;
  const { itemSeparator, fieldSeparator, field } = signature;
  const given = [signatureHeader, ...(more ?? [])].flatMap((name) => headers.get(name) ?? []);
  const items = given.flatMap((value) =>
    itemSeparator === undefined ? [value] : value.split(itemSeparator),
  );
  const fields = items.map((item) => {
    const at = fieldSeparator === undefined ? -1 : item.indexOf(fieldSeparator);
    const name = at < 0 ? undefined : item.slice(0, at).trim();
    return { name, value: item.slice(at < 0 ? 0 : at + (fieldSeparator ?? "").length).trim() };
  });
  const signatures = fields.flatMap(({ name, value }) =>
    value !== "" && name === field ? [Buffer.from(value)] : [],
  );
  const source = timestamp?.source;
  const time =
    source?.from === "header"
      ? headerOf(headers, source)
      : fields.find(({ name }) => source?.from === "signatureField" && name === source.field)?.value;
  return { signatures: signatures.slice(0, mostSignatures), time };
}

/** The first of these headers that there is. */
function headerOf(
  headers: Headers,
  { name, fallback = [] }: { readonly name: string; readonly fallback?: readonly string[] },
): string | undefined {
  const found = [name, ...fallback].find((each) => headers.has(each));
  return found === undefined ? undefined : (headers.get(found) ?? undefined);
}

/** What was signed, in parts: the body is never turned into text. */
export function signedBytes(
  { signingString }: Signed,
  sent: Sent,
  time: string | undefined,
): readonly (Uint8Array | string)[] {
  if (signingString === "raw") return [sent.bytes];
  const { template, vars = {} } = signingString;
  return template.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return part;
    if (name === "body") return sent.bytes;
    const value = name === "timestamp" ? time : vars[name] && signedValue(vars[name], sent);
    if (value === undefined || value === "") throw refused(`The header for {${name}} is missing.`);
    return value;
  });
}

function signedValue(source: SigningValue, { headers, url }: Sent): string | undefined {
  if (source.from === "url") return url;
  return source.from === "constant" ? source.value : headerOf(headers, source);
}
