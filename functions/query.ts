/**
 * Queries of single values: checked by name, unknown names refused.
 */
import type { Context } from "hono";
import * as z from "zod";
import { checked, FormError } from "./problem.ts";

/**
 * The query, checked against `shape`; each name may occur once.
 * @throws FormError HF207.
 */
export function queryOf<S extends z.ZodRawShape>(
  c: Context,
  shape: S,
): z.infer<z.ZodObject<S, z.core.$strict>> {
  const { searchParams } = new URL(c.req.url);
  const names = [...searchParams.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    const issue = { path: twice.slice(0, 80), message: "Give it once." };
    throw new FormError(
      `The query does not have the expected form. ${issue.path}: ${issue.message}`,
      "Correct it.",
      [issue],
    );
  }
  return checked(z.strictObject(shape), Object.fromEntries(searchParams), "query");
}

/** A whole number in a query, within bounds. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, `Must be a whole number from ${min} to ${max}.`)
    .transform(Number)
    .refine((number) => number >= min && number <= max, `Must be a whole number from ${min} to ${max}.`);
}
