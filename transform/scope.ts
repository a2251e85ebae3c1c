/**
 * Which declaration an identifier means, and who writes to it.
 *
 * Owns:      scopes and bindings of one module; sets `parent` on every node on the way.
 * Never:     looks at types: a name that exists only as a type is not a binding.
 * Invariant: after `buildScopes` every executable node has its `parent`, and `resolve` is exact for strict-mode code.
 */
import type { ImportDeclarationSpecifier } from "oxc-parser";
import { type FunctionNode, forEachChild, isFunction, type Node, type Program, unwrap } from "./ast.ts";
import {
  type Binding,
  declarationKind,
  declare,
  type GivenValue,
  rootOf,
  type Scope,
  varScope,
} from "./binding.ts";

const BLOCKS = new Set([
  "BlockStatement",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "SwitchStatement",
  "CatchClause",
  "StaticBlock",
  "TSModuleBlock",
  "ClassDeclaration",
  "ClassExpression",
]);

const COMMONJS_NAMES = new Set(["require", "module", "exports"]);

/** The scopes of a module. */
export class Scopes {
  readonly #scopes = new Map<Node, Scope>();
  readonly #targets: { target: Node; value: Node | null; owner: FunctionNode | null }[] = [];
  readonly #commonJs: (Node & { type: "Identifier"; name: string })[] = [];
  /** Local names of imports. */
  readonly importNames = new Set<string>();
  /** Names in the source that begin with `$`: the generated names keep clear of them. */
  readonly dollarNames = new Set<string>();

  constructor(program: Program) {
    const root: Scope = { parent: null, owner: null, holdsVar: true, names: undefined };
    this.#scopes.set(program, root);
    forEachChild(program, (child) => this.#visit(child, program, root));
    for (const { target, value, owner } of this.#targets) this.#assigned(target, value, owner);
  }

  /** The binding that `name` means at `at`; undefined for a global. */
  resolve(name: string, at: Node): Binding | undefined {
    for (let node: Node | null = at; node !== null; node = node.parent ?? null) {
      const found = this.#scopes.get(node)?.names?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** True if `name` is no declaration of the module here, so it is the global of that name. */
  isGlobal(name: string, at: Node): boolean {
    return this.resolve(name, at) === undefined;
  }

  /** True if the module uses the `require`, `module` or `exports` of CommonJS. */
  usesCommonJs(): boolean {
    return this.#commonJs.some((node) => this.isGlobal(node.name, node));
  }

  #visit(node: Node, parent: Node, scope: Scope): void {
    node.parent = parent;
    this.#note(node, scope);
    let inner = scope;
    if (isFunction(node)) inner = this.#openFunction(node, scope);
    else if (BLOCKS.has(node.type) && !isFunction(parent)) {
      inner = {
        parent: scope,
        owner: scope.owner,
        holdsVar: node.type === "StaticBlock" || node.type === "TSModuleBlock",
        names: undefined,
      };
      this.#scopes.set(node, inner);
      this.#declareOwn(node, inner);
    }
    forEachChild(node, (child) => this.#visit(child, node, inner));
  }

  /** Declarations and assignments that `node` makes in the scope around it. */
  #note(node: Node, scope: Scope): void {
    switch (node.type) {
      case "Identifier":
        if (node.name.startsWith("$")) this.dollarNames.add(node.name);
        else if (COMMONJS_NAMES.has(node.name)) this.#commonJs.push(node);
        return;
      case "VariableDeclaration":
        this.#noteVariables(node, scope);
        return;
      case "FunctionDeclaration":
      case "ClassDeclaration": {
        const kind = node.type === "ClassDeclaration" ? "class" : "function";
        if (node.id !== null) declare(scope, node.id.name, kind, node);
        return;
      }
      case "ImportDeclaration":
        for (const specifier of node.specifiers) {
          this.importNames.add(specifier.local.name);
          const from = { module: node.source.value, name: importedName(specifier) };
          declare(scope, specifier.local.name, "import", specifier.local, { from });
        }
        return;
      case "TSEnumDeclaration":
      case "TSImportEqualsDeclaration":
      case "TSModuleDeclaration":
        if (node.id.type === "Identifier") declare(scope, node.id.name, "other", node);
        return;
      default:
        this.#noteTarget(node, scope);
    }
  }

  #noteVariables(node: Node & { type: "VariableDeclaration" }, scope: Scope): void {
    const home = node.kind === "var" ? varScope(scope) : scope;
    for (const { id, init } of node.declarations) {
      if (this.#required(id, init, home, declarationKind(node.kind))) continue;
      this.#pattern(id, home, declarationKind(node.kind), init === null ? undefined : { expression: init });
    }
  }

  /** CommonJS's way to import: `const { task } = require("holdfast")`. False: it is none, or takes the module apart otherwise. */
  #required(id: Node, init: Node | null, scope: Scope, kind: Binding["kind"]): boolean {
    const module = init === null ? undefined : requiredModule(init);
    const names = module === undefined ? undefined : requiredNames(id);
    if (module === undefined || names === undefined || init === null) return false;
    for (const { local, name } of names) {
      this.importNames.add(local.name);
      declare(scope, local.name, kind, local, { from: { module, name }, value: { expression: init } });
    }
    return true;
  }

  #noteTarget(node: Node, scope: Scope): void {
    const owner = scope.owner;
    if (node.type === "AssignmentExpression") {
      this.#targets.push({ target: node.left, value: node.operator === "=" ? node.right : null, owner });
    } else if (
      node.type === "UpdateExpression" ||
      (node.type === "UnaryExpression" && node.operator === "delete")
    ) {
      this.#targets.push({ target: node.argument, value: null, owner });
    } else if (node.type === "ForInStatement" || node.type === "ForOfStatement") {
      if (node.left.type !== "VariableDeclaration")
        this.#targets.push({ target: node.left, value: null, owner });
    }
  }

  #openFunction(node: FunctionNode, scope: Scope): Scope {
    const inner: Scope = { parent: scope, owner: node, holdsVar: true, names: undefined };
    this.#scopes.set(node, inner);
    if (node.type === "FunctionExpression" && node.id !== null)
      declare(inner, node.id.name, "function", node);
    node.params.forEach((param, index) => {
      const pattern = param.type === "TSParameterProperty" ? param.parameter : param;
      this.#pattern(pattern, inner, "param", undefined, index);
    });
    return inner;
  }

  #declareOwn(node: Node, inner: Scope): void {
    if (node.type === "CatchClause" && node.param !== null) this.#pattern(node.param, inner, "catch");
    if ((node.type === "ClassExpression" || node.type === "ClassDeclaration") && node.id !== null) {
      declare(inner, node.id.name, "class", node);
    }
  }

  #pattern(node: Node, scope: Scope, kind: Binding["kind"], value?: GivenValue, index?: number): void {
    switch (node.type) {
      case "Identifier":
        if (node.name === "this") return;
        declare(scope, node.name, kind, node, {
          ...(index === undefined ? {} : { index }),
          ...(value && { value }),
        });
        return;
      case "ObjectPattern":
        for (const property of node.properties) {
          const target = property.type === "RestElement" ? property.argument : property.value;
          this.#pattern(target, scope, kind, value, index);
        }
        return;
      case "ArrayPattern":
        node.elements.forEach((element, at) => {
          const taken = value && (value.index === undefined ? { ...value, index: at } : value);
          if (element !== null) this.#pattern(element, scope, kind, taken, index);
        });
        return;
      case "AssignmentPattern":
        this.#pattern(node.left, scope, kind, value, index);
        return;
      case "RestElement":
        this.#pattern(node.argument, scope, kind, value && { expression: value.expression }, index);
        return;
      default:
    }
  }

  /** Notes an assignment, once all declarations are known. */
  #assigned(target: Node, value: Node | null, owner: FunctionNode | null): void {
    const plain = unwrap(target);
    switch (plain.type) {
      case "Identifier": {
        const binding = this.resolve(plain.name, plain);
        binding?.writers.push(owner);
        if (value !== null) binding?.values.push({ expression: value });
        return;
      }
      case "MemberExpression": {
        const root = rootOf(plain);
        if (root.type === "Identifier") this.resolve(root.name, root)?.memberWriters.push(owner);
        return;
      }
      case "ArrayPattern":
        for (const element of plain.elements) if (element !== null) this.#assigned(element, value, owner);
        return;
      case "ObjectPattern":
        for (const property of plain.properties) {
          this.#assigned(property.type === "RestElement" ? property.argument : property.value, value, owner);
        }
        return;
      case "AssignmentPattern":
        this.#assigned(plain.left, value, owner);
        return;
      case "RestElement":
        this.#assigned(plain.argument, value, owner);
        return;
      default:
    }
  }
}

function importedName(specifier: ImportDeclarationSpecifier): string {
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  return specifier.imported.type === "Literal" ? specifier.imported.value : specifier.imported.name;
}

/** The module that `require("…")` names. */
function requiredModule(node: Node): string | undefined {
  if (node.type !== "CallExpression" || node.callee.type !== "Identifier" || node.callee.name !== "require")
    return undefined;
  const [first] = node.arguments;
  return first?.type === "Literal" && typeof first.value === "string" ? first.value : undefined;
}

type LocalName = { readonly local: Node & { type: "Identifier"; name: string }; readonly name: string };

/** The names that a declaration takes of a module; undefined where one of them is no plain name. */
function requiredNames(id: Node): readonly LocalName[] | undefined {
  if (id.type === "Identifier") return [{ local: id, name: "*" }];
  if (id.type !== "ObjectPattern") return undefined;
  const found: LocalName[] = [];
  for (const property of id.properties) {
    if (property.type === "RestElement" || property.computed || property.key.type !== "Identifier")
      return undefined;
    if (property.value.type !== "Identifier") return undefined;
    found.push({ local: property.value, name: property.key.name });
  }
  return found;
}
