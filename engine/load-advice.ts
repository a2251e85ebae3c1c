/** What helps where built task files cannot be loaded. */

const usual = "What stands at the top of a task file runs when it is loaded: put right what fails there.";

/**
 * The advice for what loading them threw. Packages with compiled parts are in no bundle: they are looked for from the folder
 * that the bundle lies in, and fit one version of Node.
 */
export function loadAdvice(cause: unknown, folder: string): string {
  const { code, message = "" } = Object(cause) as { readonly code?: string; readonly message?: string };
  const name = /Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
  if (/^(?:ERR_)?MODULE_NOT_FOUND$/.test(code ?? "") && name !== undefined)
    return `What is not in the bundle, such as a package with compiled parts, is looked for from ${folder} upwards. Install ${name} in the project, and keep the data folder (--data) inside of it.`;
  if (code === "ERR_DLOPEN_FAILED")
    return "A package's compiled part does not fit this Node or this machine: npm rebuild, or install the package again here.";
  return usual;
}
