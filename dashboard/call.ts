/**
 * One call of the HTTP API. The session's cookie goes along by itself.
 *
 * Owns:      errors as people read them, and who is told that nobody is signed in.
 * Never:     keeps a key; it is sent once, when somebody signs in.
 */

/** Something that did not work: what happened, and what to do next. */
export class Problem extends Error {
  readonly code: string;
  readonly fix: string;
  readonly status: number;
  /** All that the answer says. */
  readonly body: Readonly<Record<string, unknown>>;
  constructor(status: number, code: string, what: string, fix: string, body = {}) {
    super(what);
    this.body = body;
    this.status = status;
    this.code = code;
    this.fix = fix;
  }
}

function problemOf(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const { error, code = "", fix = "" } = body;
    if (typeof error === "string") return new Problem(status, String(code), error, String(fix), body);
  } catch {
    // Not ours: a proxy's page.
  }
  return new Problem(
    status,
    "",
    `The server answered with ${status}.`,
    "Try again; look at what stands in front of it.",
  );
}

let signedOut: (problem: Problem) => void = () => {};

/** Sets who is told when a call was refused because nobody is signed in. */
export function onSignedOut(listener: (problem: Problem) => void): void {
  signedOut = listener;
}

async function send(
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    cache: "no-store",
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  };
  const answer = await fetch(path, init).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Problem(0, "", "The server cannot be reached.", "Is it running? The page goes on asking.");
  });
  const text = await answer.text();
  if (!answer.ok) throw problemOf(answer.status, text);
  return JSON.parse(text) as unknown;
}

/** Calls the API. @throws Problem */
export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return (await send(method, path, body, signal)) as T;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) signedOut(error);
    throw error;
  }
}

/** Signs in, with the key or a one-time token. @throws Problem */
export const signIn = async (proof: { readonly key: string } | { readonly token: string }): Promise<void> =>
  void (await send("POST", "/session", proof, undefined));

/** Signs out. @throws Problem */
export const signOut = async (): Promise<void> =>
  void (await send("DELETE", "/session", undefined, undefined));
