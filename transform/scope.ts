/**
 * Which declaration an identifier means, and who writes to it.
 *
 * Owns:      scopes and bindings of one module; sets `parent` on every node on the way.
 * Never:     looks at types: a name that exists only as a type is not a binding.
 * Invariant: after `buildScopes` every executable node has its `parent`, and `resolve` is exact for strict-mode code.
 */
import {
  enclosingFunction,
  type FunctionNode,
  forEachChild,
  isFunction,
  type Node,
  type Program,
  unwrap,
} from "./ast.ts";

/** A value that a binding is given somewhere: the expression, and the place in it if taken from an array pattern. */
export interface GivenValue {
  readonly expression: Node;
  readonly index?: number;
}

/** One declared name. */
export interface Binding {
  readonly name: string;
  readonly kind: "import" | "param" | "var" | "let" | "const" | "function" | "class" | "catch" | "other";
  /** The function it is declared in; null at module level. */
  readonly owner: FunctionNode | null;
  /** The declaring node: the identifier, or the function or class. */
  readonly node: Node;
  /** For imports: the module and the name there (`*` for the namespace). */
  readonly from?: { readonly module: string; readonly name: string };
  /** For parameters: their place. */
  readonly index?: number;
  readonly values: GivenValue[];
  /** Functions that assign to it after its declaration. */
  readonly writers: Set<FunctionNode | null>;
  /** Functions that assign to a member of it. */
  readonly memberWriters: Set<FunctionNode | null>;
}

interface Scope {
  readonly parent: Scope | null;
  readonly owner: FunctionNode | null;
  readonly holdsVar: boolean;
  readonly names: Map<string, Binding>;
}

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
  /** Names in the source that begin with `$`: the generated names keep clear of them. */
  readonly dollarNames = new Set<string>();

  constructor(program: Program) {
    const root: Scope = { parent: null, owner: null, holdsVar: true, names: new Map() };
    this.#scopes.set(program, root);
    forEachChild(program, (child) => this.#visit(child, program, root));
    for (const { target, value, owner } of this.#targets) this.#assigned(target, value, owner);
  }

  /** The binding that `name` means at `at`; undefined for a global. */
  resolve(name: string, at: Node): Binding | undefined {
    for (let node: Node | null = at; node !== null; node = node.parent ?? null) {
      const found = this.#scopes.get(node)?.names.get(name);
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
    return this.#commonJs.some((node) => !isPropertyName(node) && this.isGlobal(node.name, node));
  }

  #visit(node: Node, parent: Node, scope: Scope): void {
    node.parent = parent;
    this.#note(node, scope);
    let inner = scope;
    if (isFunction(node)) inner = this.#openFunction(node, scope);
    else if (BLOCKS.has(node.type) && !isFunction(parent)) {
      inner = { parent: scope, owner: scope.owner, holdsVar: node.type === "StaticBlock", names: new Map() };
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
        for (const { id, init } of node.declarations) {
          const home = node.kind === "var" ? varScope(scope) : scope;
          this.#pattern(
            id,
            home,
            declarationKind(node.kind),
            init === null ? undefined : { expression: init },
          );
        }
        return;
      case "FunctionDeclaration":
      case "ClassDeclaration":
        if (node.id !== null)
          declare(scope, node.id.name, node.type === "ClassDeclaration" ? "class" : "function", node);
        return;
      case "ImportDeclaration":
        for (const specifier of node.specifiers) {
          const name =
            specifier.type === "ImportNamespaceSpecifier"
              ? "*"
              : specifier.type === "ImportDefaultSpecifier"
                ? "default"
                : specifier.imported.type === "Literal"
                  ? specifier.imported.value
                  : specifier.imported.name;
          declare(scope, specifier.local.name, "import", specifier.local, {
            from: { module: node.source.value, name },
          });
        }
        return;
      case "TSEnumDeclaration":
      case "TSImportEqualsDeclaration":
        declare(scope, node.id.name, "other", node);
        return;
      case "TSModuleDeclaration":
        if (node.id.type === "Identifier") declare(scope, node.id.name, "other", node);
        return;
      default:
        this.#noteTarget(node, scope);
    }
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
    const inner: Scope = { parent: scope, owner: node, holdsVar: true, names: new Map() };
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
        binding?.writers.add(owner);
        if (value !== null) binding?.values.push({ expression: value });
        return;
      }
      case "MemberExpression": {
        const root = rootOf(plain);
        if (root.type === "Identifier") this.resolve(root.name, root)?.memberWriters.add(owner);
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

/** The expression at the bottom of a chain of members: `a` of `a.b.c`. */
export function rootOf(node: Node): Node {
  let current = unwrap(node);
  while (current.type === "MemberExpression") current = unwrap(current.object);
  return current;
}

/** True if nothing that runs during a call made by `reader` can change what the identifier means there. */
export function isSettled(binding: Binding, reader: Node): boolean {
  if (binding.writers.size === 0) return true;
  if (binding.kind === "import") return false;
  const here = enclosingFunction(reader);
  return [...binding.writers].every(
    (writer) => writer === binding.owner && writer === here && writer !== null,
  );
}

function isPropertyName(node: Node): boolean {
  const parent = node.parent ?? null;
  if (parent?.type === "MemberExpression") return parent.property === node && !parent.computed;
  return parent?.type === "Property" && parent.key === node && !parent.computed && !parent.shorthand;
}

function varScope(scope: Scope): Scope {
  let at = scope;
  while (!at.holdsVar && at.parent !== null) at = at.parent;
  return at;
}

function declarationKind(kind: string): Binding["kind"] {
  return kind === "var" || kind === "let" ? kind : "const";
}

function declare(
  scope: Scope,
  name: string,
  kind: Binding["kind"],
  node: Node,
  more: { value?: GivenValue; index?: number; from?: { module: string; name: string } } = {},
): void {
  const { value, index, from } = more;
  const known = scope.names.get(name);
  if (known !== undefined && kind === "var") {
    if (value !== undefined) known.values.push(value);
    known.writers.add(scope.owner);
    return;
  }
  scope.names.set(name, {
    name,
    kind,
    node,
    owner: scope.owner,
    ...(from && { from }),
    ...(index === undefined ? {} : { index }),
    values: value === undefined ? [] : [value],
    writers: new Set(),
    memberWriters: new Set(),
  });
}
