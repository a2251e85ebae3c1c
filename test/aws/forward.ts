/** Hands a request on to a server of this machine. */
import { Agent, request as send } from "node:http";
import type { RawRequest } from "./call.ts";
import type { Reply } from "./replies.ts";

/** Idle connections are given up before the servers do it: a request must not meet one that is being closed. */
const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 2_000 });
/** They belong to one connection. */
const ofConnection = ["host", "connection", "content-length", "transfer-encoding", "keep-alive", "expect"];

/** Sends the request to `port` of 127.0.0.1, and gives its reply. A connection that was refused has sent nothing: another is made. */
export async function forward(port: number, request: RawRequest): Promise<Reply> {
  try {
    return await sendOnce(port, request);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== "connect") throw error;
    return sendOnce(port, request);
  }
}

function sendOnce(port: number, { method, path, headers, body }: RawRequest): Promise<Reply> {
  const kept = Object.entries(headers).filter(([name]) => !ofConnection.includes(name));
  const all = { ...Object.fromEntries(kept), "content-length": String(body.length) };
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path, headers: all, agent };
    const sent = send(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.on("end", () => {
        const replied = Object.entries(response.headers).filter(([name]) => !ofConnection.includes(name));
        const headersOut = Object.fromEntries(replied.map(([name, value]) => [name, String(value)]));
        const status = response.statusCode ?? 500;
        resolve(named({ status, headers: headersOut, body: Buffer.concat(chunks) }));
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

/** Names the error of a JSON service's reply. */
function named(reply: Reply): Reply {
  if (reply.status < 400) return reply;
  const told = reply.body.toString("utf8");
  const type = /"__type"\s*:\s*"([^"]+)"/.exec(told)?.[1] ?? /<Code>([^<]+)</.exec(told)?.[1];
  return { ...reply, error: type?.split("#").at(-1) ?? String(reply.status) };
}

/** The same headers, signed by nobody else than `accessKey`: DynamoDB Local keeps a database for each. */
export function signedBy(headers: RawRequest["headers"], accessKey: string): RawRequest["headers"] {
  const authorization = (headers.authorization ?? "").replace(
    /Credential=[^/]+\//,
    `Credential=${accessKey}/`,
  );
  return { ...headers, authorization };
}
