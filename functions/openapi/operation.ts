/** How a route is described. */
import type * as z from "zod";

/** A text that is no JSON. */
export interface Text {
  readonly type: string;
}

/** A route. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "delete";
  readonly path: string;
  readonly summary: string;
  /** Needs no key. */
  readonly isOpen?: true;
  readonly body?: z.ZodType | Text;
  readonly query?: readonly string[];
  readonly status?: 202;
  readonly answer: z.ZodType | Text;
}

/** The fields of a form. */
export const names = (form: z.ZodObject): string[] => Object.keys(form.shape);

/** A route that looks. */
export const get = (
  path: string,
  summary: string,
  answer: Operation["answer"],
  query: readonly string[] = [],
): Operation => ({
  method: "get",
  path,
  summary,
  answer,
  query,
});
/** A route that does something. */
export const post = (
  path: string,
  summary: string,
  answer: Operation["answer"],
  body?: Operation["body"],
): Operation => ({
  method: "post",
  path,
  summary,
  answer,
  ...(body === undefined ? {} : { body }),
});
/** One that may be asked twice. */
export const put = (...of: Parameters<typeof post>): Operation => ({ ...post(...of), method: "put" });
/** Without a key. */
export const open = (operation: Operation): Operation => ({ ...operation, isOpen: true });
