/**
 * A CloudFormation template with its references resolved.
 *
 * Never:     passes over an intrinsic function, a section or a resource type that it does not know: it throws.
 * Invariant: `Ref` and `Fn::GetAtt` give what AWS would give, in AWS's form (names, ARNs, queue URLs).
 */
import { isObject, type Json, type JsonObject, list, object, only, text, texts } from "./json.ts";
import { type KnownType, knownTypes, type Names } from "./resources.ts";

/** A resource, resolved. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
}

/** Where the stack is, and what is known of its versions. */
export interface Place {
  readonly stack: string;
  readonly region: string;
  readonly account: string;
  /** The number that a version of a function has been published under. */
  versionNumber(functionName: string, logicalId: string): number;
}

const sections = ["Resources", "Outputs", "Parameters", "Rules", "Conditions", "Description", "Metadata"];
const resourceMembers = [
  "Type",
  "Properties",
  "DependsOn",
  "DeletionPolicy",
  "UpdateReplacePolicy",
  "Metadata",
  "Condition",
] as const;
const gone = Symbol("AWS::NoValue");

/** A template, read. */
export class Template {
  readonly place: Place;
  readonly #resources: ReadonlyMap<string, JsonObject>;
  readonly #names: Names;
  readonly #resolving: string[] = [];

  constructor(file: JsonObject, place: Place) {
    this.place = place;
    const strange = Object.keys(file).filter((name) => !sections.includes(name));
    if (strange.length > 0) throw new Error(`The template has a section ${strange[0]} that is not known.`);
    const parameters = Object.keys(object(file.Parameters, "Parameters"));
    const own = parameters.filter((name) => name !== "BootstrapVersion");
    if (own.length > 0) throw new Error(`The template has a parameter ${own[0]}; the bench gives none.`);
    const resources = Object.entries(object(file.Resources, "Resources"));
    this.#resources = new Map(resources.map(([id, resource]) => [id, object(resource, id)]));
    this.#names = {
      ...place,
      idOf: (id) => `${place.stack}-${id}`,
      property: (id, name) => this.#property(id, name),
    };
    for (const id of this.#resources.keys()) this.#check(id);
    this.outputs = new Map(
      Object.entries(object(file.Outputs, "Outputs"))
        .filter(([, output]) => object(output, "output").Condition === undefined)
        .map(([id, output]) => [id, this.resolve(object(output, id).Value ?? null)]),
    );
  }

  readonly outputs: ReadonlyMap<string, Json>;

  /** All resources of a type. */
  all(type: string): Resource[] {
    return [...this.#resources.keys()]
      .filter((id) => this.#type(id) === type)
      .map((id) => this.#resource(id));
  }

  /** The one resource with this logical id. */
  resource(id: string): Resource {
    return this.#resource(id);
  }

  /** `UpdateReplacePolicy` and the like. */
  policyOf(id: string, name: "DeletionPolicy" | "UpdateReplacePolicy"): Json | undefined {
    return this.#raw(id)[name];
  }

  ref(id: string): string {
    if (id.startsWith("AWS::")) return this.#pseudo(id);
    const { ref } = this.#known(id);
    if (ref === undefined) throw new Error(`Ref of ${id} (${this.#type(id)}) is not known.`);
    return ref(id, this.#names);
  }

  attribute(id: string, name: string): string {
    const attribute = this.#known(id).attributes?.[name];
    if (attribute === undefined)
      throw new Error(`Fn::GetAtt of ${id}.${name} (${this.#type(id)}) is not known.`);
    return attribute(id, this.#names);
  }

  /** The value with all of its intrinsic functions carried out. */
  resolve(value: Json): Json {
    const found = this.#value(value);
    if (found === gone) throw new Error("AWS::NoValue stands where a value is needed.");
    return found;
  }

  #value(value: Json): Json | typeof gone {
    if (Array.isArray(value)) {
      return value.map((each: Json) => this.#value(each)).filter((each): each is Json => each !== gone);
    }
    if (!isObject(value)) return value;
    const [first, ...others] = Object.entries(value);
    if (first !== undefined && others.length === 0 && isIntrinsic(first)) return this.#intrinsic(...first);
    const entries = Object.entries(value).map(([name, each]) => [name, this.#value(each)] as const);
    return Object.fromEntries(entries.filter((entry): entry is readonly [string, Json] => entry[1] !== gone));
  }

  #intrinsic(name: string, argument: Json): Json | typeof gone {
    switch (name) {
      case "Ref":
        return argument === "AWS::NoValue" ? gone : this.ref(text(argument, name));
      case "Fn::GetAtt": {
        const [id, ...path] = typeof argument === "string" ? argument.split(".") : texts(argument, name);
        return this.attribute(text(id, name), path.join("."));
      }
      case "Fn::Join": {
        const [delimiter, parts] = list(argument);
        return texts(this.resolve(parts ?? []), name).join(text(delimiter, name));
      }
      case "Fn::Select": {
        const [index, values] = list(argument);
        const found = list(this.resolve(values ?? []))[Number(this.resolve(index ?? null))];
        if (found === undefined) throw new Error(`Fn::Select finds nothing: ${JSON.stringify(argument)}`);
        return found;
      }
      case "Fn::Split": {
        const [delimiter, whole] = list(argument);
        return text(this.resolve(whole ?? null), name).split(text(delimiter, name));
      }
      case "Fn::Sub":
        return this.#sub(argument);
      default:
        throw new Error(`The bench does not know the intrinsic function ${name}.`);
    }
  }

  #sub(argument: Json): string {
    const [pattern, variables] = list(argument);
    const own = object(variables, "Fn::Sub");
    return text(pattern, "Fn::Sub").replace(/\$\{([^}]*)\}/g, (_, name: string) => {
      if (name.startsWith("!")) return `\${${name.slice(1)}}`;
      if (own[name] !== undefined) return text(this.resolve(own[name]), name);
      const [id = "", ...path] = name.split(".");
      return path.length === 0 ? this.ref(name) : this.attribute(id, path.join("."));
    });
  }

  #pseudo(name: string): string {
    const { stack, region, account } = this.place;
    switch (name) {
      case "AWS::Region":
        return region;
      case "AWS::AccountId":
        return account;
      case "AWS::Partition":
        return "aws";
      case "AWS::URLSuffix":
        return "amazonaws.com";
      case "AWS::StackName":
        return stack;
      default:
        throw new Error(`The bench does not know the pseudo parameter ${name}.`);
    }
  }

  #raw(id: string): JsonObject {
    const found = this.#resources.get(id);
    if (found === undefined) throw new Error(`The template has no resource ${id}.`);
    return found;
  }

  #type(id: string): string {
    return text(this.#raw(id).Type, `${id}.Type`);
  }

  #known(id: string): KnownType {
    const found = knownTypes[this.#type(id)];
    if (found === undefined)
      throw new Error(`The bench does not know the resource type ${this.#type(id)} (${id}).`);
    return found;
  }

  #check(id: string): void {
    const { plays, notes } = this.#known(id);
    const { Condition } = only(this.#raw(id), resourceMembers, id);
    if (Condition !== undefined && this.#type(id) !== "AWS::CDK::Metadata") {
      throw new Error(`${id} is made under a condition; the bench decides none.`);
    }
    const strange = Object.keys(object(this.#raw(id).Properties, id)).filter(
      (name) => !plays.includes(name) && !notes.includes(name),
    );
    if (strange.length > 0) {
      throw new Error(`The bench does not know ${strange.join(", ")} of ${id} (${this.#type(id)}).`);
    }
  }

  #property(id: string, name: string): Json | undefined {
    const value = object(this.#raw(id).Properties, id)[name];
    if (value === undefined) return undefined;
    if (this.#resolving.includes(id)) throw new Error(`${[...this.#resolving, id].join(" → ")} is a circle.`);
    this.#resolving.push(id);
    try {
      return this.resolve(value);
    } finally {
      this.#resolving.pop();
    }
  }

  #resource(id: string): Resource {
    const properties = object(this.resolve(this.#raw(id).Properties ?? {}), id);
    return { id, type: this.#type(id), properties };
  }
}

/** A member `Condition` with a text is the intrinsic; in a policy's statement it holds an object. */
const isIntrinsic = ([name, argument]: readonly [string, Json]): boolean =>
  name === "Ref" || name.startsWith("Fn::") || (name === "Condition" && typeof argument === "string");
