/**
 * Answers in each service's own form: refusals, throttling, failures, and the success of a message that was lost.
 *
 * The texts and codes are AWS's; docs/aws-bench.md says where each comes from.
 */
import { createHash, randomUUID } from "node:crypto";
import type { Action, Service } from "./call.ts";
import { type JsonObject, list, object, text } from "./json.ts";

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The error's name; absent for a success. */
  readonly error?: string;
}

const jsonType: Readonly<Record<Service, string>> = {
  dynamodb: "application/x-amz-json-1.0",
  sqs: "application/x-amz-json-1.0",
  secretsmanager: "application/x-amz-json-1.1",
  lambda: "application/json",
  ecs: "application/x-amz-json-1.1",
  s3: "application/xml",
  cloudformation: "text/xml",
  logs: "application/x-amz-json-1.1",
  xray: "application/json",
};

const errorSpace: Readonly<Record<Service, string>> = {
  dynamodb: "com.amazonaws.dynamodb.v20120810#",
  sqs: "com.amazonaws.sqs#",
  secretsmanager: "",
  lambda: "",
  ecs: "",
  s3: "",
  cloudformation: "",
  logs: "",
  xray: "",
};

/** A success with a JSON body. */
export function answer(service: Service, body: JsonObject, status = 200): Reply {
  const headers = { "content-type": jsonType[service], "x-amzn-requestid": randomUUID() };
  return { status, headers, body: Buffer.from(JSON.stringify(body)) };
}

/** An error. `more` are members beside the message. */
export function failure(
  service: Service,
  status: number,
  error: string,
  message: string,
  more: JsonObject = {},
): Reply {
  const id = randomUUID();
  if (service === "s3") {
    const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${error}</Code><Message>${message}</Message></Error>`;
    const headers = { "content-type": "application/xml", "x-amz-request-id": id };
    return { status, headers, body: Buffer.from(body), error };
  }
  if (service === "cloudformation") {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${error}</Code><Message>${message}</Message></Error><RequestId>${id}</RequestId></ErrorResponse>`;
    return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(body), error };
  }
  const space =
    error === "AccessDeniedException" && service !== "lambda"
      ? "com.amazon.coral.service#"
      : errorSpace[service];
  const word = error === "AccessDeniedException" || service === "lambda" ? "Message" : "message";
  const body = { ...(service === "lambda" ? {} : { __type: `${space}${error}` }), [word]: message, ...more };
  const headers = {
    "content-type": jsonType[service],
    "x-amzn-requestid": id,
    ...(service === "lambda" ? { "x-amzn-errortype": error } : {}),
  };
  return { status, headers, body: Buffer.from(JSON.stringify(body)), error };
}

/** A refusal by a policy. */
export function refused(service: Service, message: string): Reply {
  if (service === "s3" || service === "cloudformation") return failure(service, 403, "AccessDenied", message);
  const status = ["dynamodb", "secretsmanager", "ecs", "logs"].includes(service) ? 400 : 403;
  return failure(service, status, "AccessDeniedException", message);
}

/** The answer to one call too many. */
export function throttled(service: Service): Reply {
  switch (service) {
    case "dynamodb":
      return failure(
        service,
        400,
        "ThrottlingException",
        "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly.",
        { throttlingReasons: [{ reason: "TableWriteKeyRangeThroughputExceeded", resource: "table" }] },
      );
    case "sqs":
      return failure(service, 403, "RequestThrottled", "Request is throttled.");
    case "secretsmanager":
    case "ecs":
    case "logs":
      return failure(service, 400, "ThrottlingException", "Rate exceeded");
    case "lambda":
      return failure(service, 429, "TooManyRequestsException", "Rate Exceeded.", {
        Reason: "ConcurrentInvocationLimitExceeded",
      });
    case "cloudformation":
      return failure(service, 400, "Throttling", "Rate exceeded");
    case "xray":
      return failure(service, 429, "ThrottledException", "Rate exceeded");
    case "s3":
      return failure(service, 503, "SlowDown", "Please reduce your request rate.");
  }
}

/** A failure inside the service: nobody knows whether the call was applied. */
export const broken = (service: Service): Reply =>
  failure(
    service,
    500,
    "InternalServerError",
    "The request processing has failed because of an unknown error.",
  );

/** What SQS says of a message that it then loses. */
export function sentButLost({ name, parameters }: Action): Reply {
  const sent = (body: string): JsonObject => ({
    MessageId: randomUUID(),
    MD5OfMessageBody: createHash("md5").update(body).digest("hex"),
  });
  if (name === "SendMessage") return answer("sqs", sent(text(parameters.MessageBody, "MessageBody")));
  const successful = list(parameters.Entries).map((entry) => {
    const { Id, MessageBody } = object(entry, "Entries");
    return { Id: text(Id, "Id"), ...sent(text(MessageBody, "MessageBody")) };
  });
  return answer("sqs", { Successful: successful, Failed: [] });
}
