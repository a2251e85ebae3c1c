/**
 * Queries of single values: checked by name, unknown names refused.
 */
import type { Context } from "hono";
import * as z from "zod";
import { checked, FormError } from "./problem.ts";

/** What a route takes by its query. Made once, with the module: to make a form takes longer than what it checks. */
export const queryForm = <S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> =>
  z.strictObject(shape);

/**
 * The query, checked against `form`; each name may occur once.
 * @throws FormError HF207.
 */
export function queryOf<S extends z.ZodRawShape>(
  c: Context,
  form: z.ZodObject<S, z.core.$strict>,
): z.infer<z.ZodObject<S, z.core.$strict>> {
  const { url } = c.req;
  const at = url.indexOf("?");
  // Of the address nothing else is asked: to take it apart as a whole costs more than all that follows.
  const searchParams = new URLSearchParams(at < 0 ? "" : url.slice(at));
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
  return checked(form, Object.fromEntries(searchParams), "query");
}

/** Neither a query nor a body that has any field. */
export const nothing = queryForm({});

/**
 * Of a route that takes nothing by its query.
 * @throws FormError HF207 where there is something.
 */
export function noQuery(c: Context): void {
  if (c.req.url.includes("?")) queryOf(c, nothing);
}

/** A whole number in a query, within bounds. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, `Must be a whole number from ${min} to ${max}.`)
    .transform(Number)
    .refine((number) => number >= min && number <= max, `Must be a whole number from ${min} to ${max}.`);
}

/** Which page of a list, and how long a page is. */
export const pageQuery = queryForm({
  page: wholeNumber(1, 1_000_000).optional(),
  perPage: wholeNumber(1, 100).optional(),
});
