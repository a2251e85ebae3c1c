/**
 * Imports packages as a file would that lies in the author's project.
 */
import { constants, Script } from "node:vm";

/** Resolves with a module. */
export type Importer = (specifier: string) => Promise<unknown>;

/** How a module at this path imports. */
export function importerAt(path: string): Importer {
  let load: Importer | undefined;
  return (specifier) =>
    unwarned(() => {
      load ??= new Script("(specifier) => import(specifier)", {
        filename: path,
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      }).runInThisContext() as Importer;
      return load(specifier);
    });
}

/** Without Node's line that this way of importing is new. */
function unwarned<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
