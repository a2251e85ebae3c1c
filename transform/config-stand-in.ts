/**
 * What stands in for packages while a `trigger.config` is read: build extensions, exporters and the like need not be
 * installed, and are not run.
 *
 * Invariant: whatever is taken from it, called or made is a stand-in again, and tells what it stands for.
 */

const told = Symbol.for("holdfast.standIn");

/** What a stand-in stands for: `prismaExtension of @trigger.dev/build/extensions/prisma`; undefined for any other value. */
export function standsFor(value: unknown): string | undefined {
  if (typeof value !== "function") return undefined;
  return (value as { [told]?: string })[told];
}

/** A stand-in for what a package exports, or for a name of it. */
export function standIn(from: string, name?: string): object {
  const path = name === undefined ? from : `${name} of ${from}`;
  const deeper = (key: string): object => standIn(from, name === undefined ? key : `${name}.${key}`);
  const self: object = new Proxy(function standIn() {}, {
    get(_, key) {
      if (key === told) return path;
      if (key === Symbol.toPrimitive) return () => `[${path}]`;
      if (key === Symbol.iterator) return () => [][Symbol.iterator]();
      if (typeof key === "symbol" || key === "then" || key === "toJSON") return undefined;
      // What a bundler asks a CommonJS module: its exports are all that there is.
      if (key === "__esModule") return true;
      return deeper(key);
    },
    apply: () => self,
    construct: () => self,
    // A bundler copies the names that it sees to an object with the same prototype: there, the others are found.
    getPrototypeOf: () => self,
  });
  return self;
}

/** What a config may take of the SDK and use. */
export const sdkStandIn = {
  __esModule: true,
  defineConfig: <T>(config: T): T => config,
  timeout: { None: 2_147_483_647 },
};
