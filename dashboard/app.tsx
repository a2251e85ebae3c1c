/** The page as a whole: who is signed in, which part is shown, and the bar above it. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, type TaskRow } from "./api.ts";
import { onSignedOut, Problem, signIn, signOut } from "./call.ts";
import { ProblemBox } from "./parts.tsx";
import { Link, type Place, usePlace } from "./place.tsx";
import { QueuesPage } from "./queues-page.tsx";
import { RunPage } from "./run-page.tsx";
import { RunsPage } from "./runs-page.tsx";
import { SchedulesPage } from "./schedules-page.tsx";
import { SecretsPage } from "./secrets-page.tsx";
import { SignInPage, takeToken } from "./sign-in-page.tsx";
import { deadLetters } from "./statuses.ts";
import { TokensPage } from "./tokens-page.tsx";
import { TriggerPage } from "./trigger-page.tsx";
import { VersionsPage } from "./versions-page.tsx";
import { WebhooksPage } from "./webhooks-page.tsx";

/** Nothing is known at first; then somebody is signed in, or not (any more). */
type Session =
  | { readonly is: "unknown"; readonly problem?: Problem }
  | { readonly is: "in"; readonly tasks: readonly TaskRow[] }
  | { readonly is: "out"; readonly reason?: Problem };

const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(0, "", String(error), "Reload the page.");

/** A cookie that has ended, or a link that was used, is worth a word; having none is not. */
const outBecause = (problem: Problem): Session =>
  problem.code === "HF202" ? { is: "out" } : { is: "out", reason: problem };

async function begin(): Promise<Session> {
  const token = takeToken();
  try {
    if (token !== undefined) await signIn({ token });
  } catch (error) {
    // Who is signed in already does not need the link.
    const tasks = await api.tasks().catch(() => undefined);
    return tasks === undefined ? outBecause(asProblem(error)) : { is: "in", tasks: tasks.data };
  }
  try {
    return { is: "in", tasks: (await api.tasks()).data };
  } catch (error) {
    const problem = asProblem(error);
    return problem.status === 401 ? outBecause(problem) : { is: "unknown", problem };
  }
}

function useSession() {
  const [session, setSession] = useState<Session>({ is: "unknown" });
  useEffect(() => {
    begin().then((began) => {
      setSession(began);
      onSignedOut((problem) => setSession(outBecause(problem)));
    });
  }, []);
  return {
    session,
    look: () => void begin().then(setSession),
    leave: () =>
      void signOut().then(
        () => setSession({ is: "out" }),
        () => {},
      ),
  };
}

const further = [
  ["Queues", "/queues"],
  ["Schedules", "/schedules"],
  ["Tokens", "/tokens"],
  ["Webhooks", "/webhooks"],
  ["Versions", "/versions"],
  ["Secrets", "/secrets"],
  ["Trigger", "/trigger"],
] as const;

function Bar({ place, onLeave }: { readonly place: Place; readonly onLeave: () => void }): JSX.Element {
  const isList = place.path === "/" || place.path === "/runs";
  const letters = new URLSearchParams(deadLetters.map((status): [string, string] => ["status", status]));
  const isLetters = isList && place.query.getAll("status").join() === deadLetters.join();
  return (
    <header>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <nav aria-label="Holdfast">
        <Link to="/runs" class="brand">
          Holdfast
        </Link>
        <Link to="/runs" current={isList && !isLetters}>
          Runs
        </Link>
        <Link to={`/runs?${letters}`} current={isLetters}>
          Dead letters
        </Link>
        {further.map(([name, path]) => (
          <Link key={path} to={path} current={place.path === path}>
            {name}
          </Link>
        ))}
      </nav>
      <button type="button" class="quiet" onClick={onLeave}>
        Sign out
      </button>
    </header>
  );
}

function Part({ place, tasks }: { readonly place: Place; readonly tasks: readonly TaskRow[] }): JSX.Element {
  const { path, query } = place;
  const run = /^\/runs\/([^/]+)$/.exec(path)?.[1];
  if (run !== undefined) {
    const id = decodeURIComponent(run);
    return <RunPage key={id} id={id} query={query} />;
  }
  if (path === "/trigger") return <TriggerPage key={query.get("from") ?? ""} query={query} tasks={tasks} />;
  if (path === "/queues") return <QueuesPage query={query} />;
  if (path === "/schedules") return <SchedulesPage query={query} />;
  if (path === "/tokens") return <TokensPage query={query} />;
  if (path === "/webhooks") return <WebhooksPage query={query} />;
  if (path === "/versions") return <VersionsPage />;
  if (path === "/secrets") return <SecretsPage />;
  return <RunsPage query={query} tasks={tasks} />;
}

const titleOf = ({ path, query }: Place): string => {
  if (path === "/runs" && query.getAll("status").join() === deadLetters.join())
    return "Dead letters · Holdfast";
  if (path === "/trigger") return "Trigger a task · Holdfast";
  if (path.startsWith("/runs/")) return `${decodeURIComponent(path.slice(6))} · Holdfast`;
  const [name] = further.find(([, each]) => each === path) ?? ["Runs"];
  return `${name} · Holdfast`;
};

/** Names the tab after the part, and gives the focus to its heading when the viewer has gone to another one. */
function useTitle(place: Place): void {
  const before = useRef(place.path);
  useEffect(() => {
    document.title = titleOf(place);
    if (before.current !== place.path)
      document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    before.current = place.path;
  }, [place]);
}

/** The page. */
export function App(): JSX.Element {
  const place = usePlace();
  const { session, look, leave } = useSession();
  useTitle(place);
  if (session.is === "out") return <SignInPage reason={session.reason} onSignedIn={look} />;
  if (session.is === "unknown") {
    return (
      <main id="content">
        {session.problem === undefined ? (
          <p class="empty">Loading…</p>
        ) : (
          <>
            <ProblemBox problem={session.problem} />
            <button type="button" class="primary" onClick={look}>
              Try again
            </button>
          </>
        )}
      </main>
    );
  }
  return (
    <>
      <Bar place={place} onLeave={leave} />
      <main id="content">
        <Part place={place} tasks={session.tasks} />
      </main>
    </>
  );
}
