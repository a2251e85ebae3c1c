/** X-Ray's OTLP endpoint: takes signed spans within its limits, and keeps them for the tests. */
import { spansIn, type TraceSpan } from "../world/collector.ts";
import { text } from "./json.ts";
import { isSigned } from "./presigned.ts";
import type { Backend } from "./proxy.ts";
import { answer, failure } from "./replies.ts";

const bytesMost = 5_000_000;
const spansMost = 10_000;

/** The spans of an account. */
export class Xray {
  readonly spans: TraceSpan[] = [];
  /** Bytes of each request, and how many spans it had. */
  readonly requests: { readonly bytes: number; readonly spans: number }[] = [];

  /** Answers the functions' calls. */
  readonly backend: Backend = async ({ parameters }, request) => {
    if (!isSigned(request, Date.now()))
      return failure("xray", 403, "InvalidSignatureException", "The request signature does not match.");
    const body = text(parameters.Body, "Body");
    try {
      const spans = spansIn(body);
      if (request.body.length > bytesMost || spans.length > spansMost)
        throw new Error(`${request.body.length} bytes, ${spans.length} spans`);
      this.spans.push(...spans);
      this.requests.push({ bytes: request.body.length, spans: spans.length });
    } catch (error) {
      return failure("xray", 400, "InvalidRequestException", String(error));
    }
    return answer("xray", {});
  };
}
