/** Node's own modules where there are any, without an import that other hosts would trip over. */

/** A module of Node's own by its name (`node:fs`), or undefined. */
export function builtInModule<T extends object>(name: string): T | undefined {
  const host = (globalThis as { process?: { getBuiltinModule?: (name: string) => object | undefined } })
    .process;
  return host?.getBuiltinModule?.(name) as T | undefined;
}
