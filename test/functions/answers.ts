/** Every answer that a test of the routes gets is checked against the OpenAPI file. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { openApi } from "../../functions/openapi/document.ts";

interface Content {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
}

interface Spec {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Content>> }>>>
  >;
  readonly components: { readonly responses: { readonly Problem: Content } };
}

export const spec = openApi() as Spec;

// Formats and keywords of its own stand beside what is checked.
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
const compiled = new Map<object, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  const known = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, known);
  return known;
}

const routes = Object.entries(spec.paths).map(([path, methods]) => ({
  form: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
  methods,
}));

/** Rejects where the answer is not what the file says of that route and status. */
export async function checkAnswer(method: string, url: string, answer: Response): Promise<void> {
  if (!/^application\/json/.test(answer.headers.get("content-type") ?? "")) return;
  const { pathname } = new URL(url, "http://localhost");
  const { status } = answer;
  const operation = routes.find(({ form }) => form.test(pathname))?.methods[method.toLowerCase()];
  const said = status >= 400 ? spec.components.responses.Problem : operation?.responses[status];
  const what = `${method} ${pathname} answered ${status}`;
  if (said === undefined) throw new Error(`${what}, of which the OpenAPI file says nothing.`);
  const body = (await answer.clone().json()) as unknown;
  const validate = validatorOf(said.content["application/json"]?.schema ?? {});
  if (validate(body)) return;
  throw new Error(
    `${what}, which is not what the OpenAPI file says: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`,
  );
}
