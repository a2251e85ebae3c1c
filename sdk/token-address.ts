/**
 * Where a token is completed from outside, and by which bearer.
 */

/** The path that completes a token without a key. */
export const callbackPath = (id: string, secret: string): string =>
  `/api/v1/waitpoints/tokens/${encodeURIComponent(id)}/callback/${secret}`;

/** The bearer that completes this token and nothing else. */
export const publicTokenOf = (id: string, secret: string): string => `hf_token_${id}.${secret}`;

/** Id and secret of such a bearer. */
export function publicTokenIn(bearer: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = /^hf_token_([^.]+)\.([^.]+)$/.exec(bearer) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Where a waiter without a match takes its delivery, behind the server's address. */
export const waiterPath = (endpoint: string, id: string): string =>
  `/hooks/${encodeURIComponent(endpoint)}/${id}`;
