/**
 * Versions of the bucket's objects, in front of a server that has none: the newest is the one that is there, and a delete that
 * names another leaves it alone, as S3 does. Older ones are not kept.
 */
import { randomUUID } from "node:crypto";
import type { Backend } from "./proxy.ts";

/** Objects with versions. */
export class ObjectVersions {
  readonly #current = new Map<string, string>();
  readonly #aged = new Set<string>();

  /** From now on it was put an hour ago: a time skip. */
  age(key: string): void {
    this.#aged.add(key);
  }

  /** Answers calls, with versions. */
  readonly around =
    (inner: Backend): Backend =>
    async (action, request) => {
      const key = `${action.parameters.Bucket}/${action.parameters.Key}`;
      const { VersionId } = action.parameters;
      if (VersionId !== undefined) {
        if (VersionId !== this.#current.get(key)) return { status: 204, headers: {}, body: Buffer.alloc(0) };
        return inner(action, { ...request, path: request.path.replace(/\?.*$/, "") });
      }
      const reply = await inner(action, request);
      if (reply.error !== undefined || reply.status >= 300) return reply;
      if (action.name === "PutObject") {
        this.#current.set(key, randomUUID());
        this.#aged.delete(key);
      }
      const version = this.#current.get(key) ?? "null";
      const earlier = new Date(Date.now() - 3_600_000).toUTCString();
      const headers: Record<string, string> = { ...reply.headers, "x-amz-version-id": version };
      if (this.#aged.has(key)) headers["last-modified"] = earlier;
      return { ...reply, headers };
    };
}
