/**
 * Signing in: with the key, typed once, or with a link that `holdfast dev` prints or `holdfast open` asks for.
 *
 * Never: keeps the key or the token: both are sent once, and the token is taken out of the URL.
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, signIn } from "./call.ts";
import { ProblemBox } from "./parts.tsx";
import { go, runUrl } from "./place.tsx";

interface SignInProps {
  /** Why the viewer is here, where that is not plain. */
  readonly reason: Problem | undefined;
  readonly onSignedIn: () => void;
}

const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(0, "", String(error), "Try again.");

/** Takes the token out of the URL `/sign-in#<token>`; `/sign-in?run=<id>#<token>` leads to that run. */
export function takeToken(): string | undefined {
  const token = window.location.hash.slice(1);
  if (window.location.pathname !== "/sign-in") return undefined;
  const run = new URLSearchParams(window.location.search).get("run");
  go(run === null ? "/" : runUrl(run), "replace");
  return token === "" ? undefined : token;
}

/** The page. */
export function SignInPage({ reason, onSignedIn }: SignInProps): JSX.Element {
  const [key, setKey] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState(reason);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn({ key: key.trim() });
      setKey("");
      onSignedIn();
    } catch (error) {
      setProblem(asProblem(error));
      input.current?.select();
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="sign-in" id="content">
      <h1>Holdfast</h1>
      <form onSubmit={submit}>
        {problem !== undefined && <ProblemBox problem={problem} />}
        <input type="text" autocomplete="username" value="holdfast" readOnly hidden />
        <label for="key">Secret key</label>
        <input
          id="key"
          ref={input}
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
          value={key}
          aria-describedby="key-hint"
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={isBusy}>
          Sign in
        </button>
        <p id="key-hint" class="hint">
          The project's <code>HOLDFAST_SECRET_KEY</code>. On your own machine: open the link that{" "}
          <code>holdfast dev</code> prints, or look into <code>keys.json</code> in its data folder. The key is
          sent once; then a cookie that ends after a day stands in for it.
        </p>
      </form>
    </main>
  );
}
