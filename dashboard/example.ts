/** A value of the form that a JSON schema describes, to be filled in. */

type Schema = Readonly<Record<string, unknown>>;

const asSchema = (value: unknown): Schema | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : undefined;

/** So deep nesting is shown; a schema that contains itself ends there. */
const deepest = 6;

/** What the schema says itself, if it says something. */
function said({
  default: preset,
  const: only,
  examples,
  enum: choices,
}: Schema): { readonly value: unknown } | undefined {
  if (preset !== undefined) return { value: preset };
  if (only !== undefined) return { value: only };
  const first = [examples, choices].find((each) => Array.isArray(each) && each.length > 0) as
    | unknown[]
    | undefined;
  return first && { value: first[0] };
}

function objectOf({ properties }: Schema, depth: number): unknown {
  const entries = Object.entries(asSchema(properties) ?? {});
  return Object.fromEntries(entries.map(([name, each]) => [name, exampleOf(each, depth + 1)]));
}

function byType(schema: Schema, type: unknown, depth: number): unknown {
  switch (type) {
    case "object":
      return objectOf(schema, depth);
    case "array":
      return schema.items === undefined ? [] : [exampleOf(schema.items, depth + 1)];
    case "string":
      return "";
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum : 0;
    case "boolean":
      return false;
    default:
      return null;
  }
}

/** An example; `null` where the schema does not say what stands there. */
export function exampleOf(given: unknown, depth = 0): unknown {
  const schema = asSchema(given);
  if (schema === undefined || depth > deepest) return null;
  const own = said(schema);
  if (own !== undefined) return own.value;
  const [choice] = [schema.anyOf, schema.oneOf].find(Array.isArray) ?? [];
  if (choice !== undefined) return exampleOf(choice, depth);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  return byType(schema, type ?? (schema.properties === undefined ? undefined : "object"), depth);
}
