/** What Lambda answers about the versions of a function: which there are, and that one goes. */
import { versionReply } from "./fargate.ts";
import type { JsonObject } from "./json.ts";
import type { Pool } from "./pool.ts";
import { answer, failure, type Reply } from "./replies.ts";

/** A published version. */
interface Published {
  readonly number: number;
  readonly retained: boolean;
  readonly pool: Pool;
  /** Its code, as it lies here, and the variables that the template gives it. */
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** A function that has some. */
export interface Versioned {
  readonly name: string;
  versions: Published[];
  readonly aliases: ReadonlyMap<string, number>;
}

const described = (name: string, version: string, variables: JsonObject): JsonObject => ({
  FunctionName: name,
  Version: version,
  Environment: { Variables: variables },
  LastModified: "2026-11-28T04:00:00.000+0000",
  Runtime: "nodejs24.x",
});

/** Lists them, tells of one, or deletes one. Lambda deletes none that an alias is on. */
export function aboutVersions(
  action: string,
  qualifier: string | undefined,
  owner: Versioned,
  locationOf: (folder: string) => string,
): Reply {
  const { name, versions, aliases } = owner;
  if (action === "ListVersionsByFunction") {
    const all = versions.map((each) => described(name, String(each.number), each.variables));
    return answer("lambda", { Versions: [described(name, "$LATEST", {}), ...all] });
  }
  if (!/^(GetFunction|DeleteFunction)$/.test(action) || qualifier === undefined)
    throw new Error(`The bench deletes no function: ${action} ${name}.`);
  const found = versions.find((each) => String(each.number) === qualifier);
  if (found === undefined) {
    const what = `Function not found: ${name}:${qualifier}`;
    return failure("lambda", 404, "ResourceNotFoundException", what, { Type: "User" });
  }
  if (action === "GetFunction") return versionReply(locationOf(found.folder), found.variables);
  const [alias] = [...aliases].find(([, number]) => number === found.number) ?? [];
  if (alias !== undefined) {
    const what = `Version is currently referenced by an alias: ${alias}`;
    return failure("lambda", 409, "ResourceConflictException", what, { Type: "User" });
  }
  found.pool.close();
  owner.versions = versions.filter((each) => each !== found);
  return { status: 204, headers: {}, body: Buffer.alloc(0) };
}
