/**
 * The OpenAPI 3.1 file, made of the forms that the routes check by.
 *
 * Never: loaded before somebody asks for it.
 */
import * as z from "zod";
import type { Operation, Text } from "./operation.ts";
import { operations } from "./operations.ts";
import { problem } from "./shapes.ts";

const isSchema = (of: z.ZodType | Text): of is z.ZodType => of instanceof z.ZodType;

/** `io`: what is taken ("input") may lack what has a default. What JSON Schema cannot say is left open. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

const contentOf = (of: z.ZodType | Text, io: "input" | "output"): object =>
  isSchema(of)
    ? { "application/json": { schema: schemaOf(of, io) } }
    : { [of.type]: { schema: { type: "string" } } };

const text = { schema: { type: "string" } } as const;

function parametersOf({ path, query = [] }: Operation): object[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    ...text,
  }));
  return [...inPath, ...query.map((name) => ({ name, in: "query", required: false, ...text }))];
}

/** A name for generated clients: `postApiV1TasksIdTrigger`. */
const operationIdOf = ({ method, path }: Operation): string =>
  [method, ...path.split(/\W+/).filter(Boolean)]
    .map((part, at) => (at === 0 ? part : `${part[0]?.toUpperCase()}${part.slice(1)}`))
    .join("");

function operationOf(operation: Operation): object {
  const { summary, body, answer, isOpen, status = 200 } = operation;
  const parameters = parametersOf(operation);
  const failed = { $ref: "#/components/responses/Problem" };
  const done = { description: "Done", content: contentOf(answer, "output") };
  return {
    operationId: operationIdOf(operation),
    summary,
    ...(isOpen ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { content: contentOf(body, "input") } }),
    responses: { ...(status === 200 ? {} : { 200: done }), [status]: done, "4XX": failed, "5XX": failed },
  };
}

/** The file. */
export function openApi(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method]: operationOf(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version: "1",
      description:
        "Durable background tasks. Routes have Trigger.dev's paths and shapes; docs/http-api.md says more.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "A secret key, or a public token." },
      },
      responses: {
        Problem: {
          description: "Refused, or failed: the code has a page in docs/errors/.",
          content: { "application/json": { schema: schemaOf(problem, "output") } },
        },
      },
    },
  };
}
