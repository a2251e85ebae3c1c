/**
 * The fixed job that figures are set beside: a bare server that reads a little JSON, puts a page on the disk with an fsync, and answers.
 * Nothing of Holdfast is in it, so that what makes it slower is the machine.
 */
import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const file = openSync(process.argv[2] ?? "reference", "a");
const page = Buffer.alloc(4_096, 1);

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    const asked = JSON.parse(text) as unknown;
    writeSync(file, page);
    fdatasyncSync(file);
    response.end(JSON.stringify({ asked }));
  });
});

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
