/** Small decisions that AWS takes: which messages of a batch have failed, and which route a request takes. */
import { describe, expect, test } from "vitest";
import { failuresIn } from "./eventsource.ts";
import { matchedRoute } from "./httpapi.ts";

describe("a partial response", () => {
  const ids = ["a", "b"];
  test.each<[string, unknown, readonly string[] | "all"]>([
    ["nothing is success", null, []],
    ["an empty list is success", { batchItemFailures: [] }, []],
    ["no list is success", { batchItemFailures: null }, []],
    ["named messages failed", { batchItemFailures: [{ itemIdentifier: "b" }] }, ["b"]],
    ["an unknown id fails all", { batchItemFailures: [{ itemIdentifier: "c" }] }, "all"],
    ["an empty id fails all", { batchItemFailures: [{ itemIdentifier: "" }] }, "all"],
    ["a wrong key fails all", { batchItemFailures: [{ id: "a" }] }, "all"],
    ["what is no object fails all", "done", "all"],
  ])("%s", (_, answer, failed) => {
    const found = failuresIn(JSON.stringify(answer), ids);
    expect(found === "all" ? found : [...found]).toEqual(failed);
  });
});

describe("a route", () => {
  const route = (key: string) => {
    const [method = "", path = ""] = key.split(" ");
    return {
      key,
      method,
      parts: path.split("/").slice(1),
      functionName: "f",
      qualifier: undefined,
      limitMs: 1,
    };
  };
  const routes = ["ANY /{proxy+}", "GET /runs/{id}", "GET /runs/all"].map(route);
  test.each<[string, string, string | undefined]>([
    ["GET", "/runs/all", "GET /runs/all"],
    ["GET", "/runs/7", "GET /runs/{id}"],
    ["POST", "/runs/7", "ANY /{proxy+}"],
    ["GET", "/a/b/c", "ANY /{proxy+}"],
    ["GET", "/", undefined],
  ])("%s %s takes the most specific one that fits", (method, path, wanted) => {
    expect(matchedRoute(routes, method, path)?.route.key).toBe(wanted);
  });
});
