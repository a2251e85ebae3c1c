/**
 * Signatures, made again from what came and compared. Presigned requests: whoever has the URL makes the call in the signer's
 * name, until it has ended. Of the others X-Ray's alone are checked: no client of AWS's signs them.
 *
 * Invariant: a URL that was changed, or whose time is over, is refused as S3 refuses it: the signature is made again from
 *            what came and compared.
 */
import { createHash, createHmac } from "node:crypto";
import type { RawRequest } from "./call.ts";
import { failure, type Reply } from "./replies.ts";

/** The secret key of every function's process. */
export const secretKey = "bench";

const fields =
  /^X-Amz-(Algorithm|Content-Sha256|Credential|Date|Expires|Security-Token|Signature|SignedHeaders)$/;

/** Is this part of a query the signature's? */
export const isOfSignature = (name: string): boolean => fields.test(name);

/** The query of a presigned request; undefined: it is none. */
export function presigned({ path }: Pick<RawRequest, "path">): URLSearchParams | undefined {
  const { searchParams } = new URL(path, "http://bench");
  return searchParams.has("X-Amz-Signature") ? searchParams : undefined;
}

/** What S3 answers to a presigned request that does not hold; undefined: it does, or it is none. */
export function refusalOf(request: RawRequest, now: number): Reply | undefined {
  const query = presigned(request);
  if (query === undefined) return undefined;
  const date = query.get("X-Amz-Date") ?? "";
  const made = timeOf(date);
  if (!(made + Number(query.get("X-Amz-Expires")) * 1_000 > now))
    return failure("s3", 403, "AccessDenied", "Request has expired");
  if (signatureOf(request, query, date) === query.get("X-Amz-Signature")) return undefined;
  return failure("s3", 403, "SignatureDoesNotMatch", "The signature does not match.");
}

const timeOf = (date: string): number =>
  Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** AWS's signature, version 4, of a request whose signature is in its query. */
function signatureOf({ method, path, headers }: RawRequest, query: URLSearchParams, date: string): string {
  const pairs = [...query].filter(([name]) => name !== "X-Amz-Signature");
  const sorted = pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort();
  const signed = (query.get("X-Amz-SignedHeaders") ?? "").split(";");
  const lines = signed.map((name) => `${name}:${headers[name] ?? ""}\n`).join("");
  const whole = [
    method,
    path.split("?")[0] ?? "",
    sorted.join("&"),
    lines,
    signed.join(";"),
    "UNSIGNED-PAYLOAD",
  ];
  return signedLines(whole, query.get("X-Amz-Credential") ?? "", date);
}

/** The signature of a canonical request's lines. */
function signedLines(lines: readonly string[], credential: string, date: string): string {
  const hash = createHash("sha256").update(lines.join("\n")).digest("hex");
  const [, ...scope] = credential.split("/");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
  return hmac(key, ["AWS4-HMAC-SHA256", date, scope.join("/"), hash].join("\n")).toString("hex");
}

/** Was a request signed in its headers, its body included, and not long ago? */
export function isSigned({ method, path, headers, body }: RawRequest, now: number): boolean {
  const form = /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\w+)$/;
  const [, credential = "", names = "", signature] = form.exec(headers.authorization ?? "") ?? [];
  const date = String(headers["x-amz-date"] ?? "");
  const lines = names.split(";").map((name) => `${name}:${headers[name] ?? ""}\n`);
  const hash = createHash("sha256").update(body).digest("hex");
  const [way = "", query = ""] = path.split("?");
  const whole = [method, way, query, lines.join(""), names, hash];
  const needed = ["host", "x-amz-date", "content-type"].every((name) => names.split(";").includes(name));
  return (
    needed && Math.abs(timeOf(date) - now) < 300_000 && signedLines(whole, credential, date) === signature
  );
}
