/**
 * A bundle as the text of a function: evaluated as often as wanted within one process, each time afresh, and forgotten when
 * nobody refers to it any more. A module would be kept for ever.
 *
 * Owns:      what stands for `import` and `export` there.
 * Invariant: no line is added or removed behind the first, so that the bundle's source map stays true.
 */
import MagicString from "magic-string";
import { parseSync, type StaticImport, type StaticImportEntry } from "oxc-parser";

/** Names that the function gets: how modules are imported, the bundle's process, its `import.meta` and its `require`. */
const parameters = "$import, $process, $meta, require";

const isName = (name: string): boolean => /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name);

/**
 * The text of an expression whose value is `async ($import, $process, $meta, require) => …`; `$import(name)` resolves with a
 * module, be it one of Holdfast's own, of Node's, or of a package outside of the bundle.
 */
export function embedded(code: string): string {
  const { module } = parseSync("bundle.mjs", code, { sourceType: "module" });
  const text = new MagicString(code);
  const blank = ({ start, end }: Span): void => {
    const lines = code.slice(start, end).split("\n").length - 1;
    text.overwrite(start, end, `;${"\n".repeat(lines)}`);
  };
  for (const statement of [...module.staticImports, ...module.staticExports]) blank(statement);
  for (const { start } of module.dynamicImports) text.overwrite(start, start + "import".length, "$import");
  for (const { start, end } of module.importMetas) text.overwrite(start, end, "$meta");
  // A block of its own: the author may give a top-level name of ours another meaning.
  const head = `(async function (${parameters}) { "use strict"; ${module.staticImports.map(declared).join(" ")} {`;
  return `${head}${text.toString()}\n}})`;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** An import as declarations. */
function declared({ moduleRequest, entries }: StaticImport): string {
  const loaded = `await $import(${JSON.stringify(moduleRequest.value)})`;
  if (entries.length === 0) return `${loaded};`;
  const whole = entries.filter(({ importName }) => importName.kind === "NamespaceObject");
  const named = entries.filter(({ importName }) => importName.kind !== "NamespaceObject").map(member);
  const parts = named.length > 0 ? [`const { ${named.join(", ")} } = ${loaded};`] : [];
  return [...parts, ...whole.map(({ localName }) => `const ${localName.value} = ${loaded};`)].join(" ");
}

function member({ importName, localName }: StaticImportEntry): string {
  const name = importName.kind === "Default" ? "default" : (importName.name ?? "");
  return `${isName(name) ? name : JSON.stringify(name)}: ${localName.value}`;
}
