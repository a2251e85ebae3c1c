/** A log group in memory, searched as CloudWatch searches: in the order of times, and a search may be left anywhere. */
import { type FoundEvent, type LogSearch, NotSearched, type Search } from "../../functions/log-search.ts";

function fieldIn(text: string, path: string): unknown {
  try {
    return path
      .split(".")
      .reduce((value, name) => (value as Record<string, unknown>)?.[name], JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Does a line fit `{ $.name = "text" && $.other.name = 7 }`? */
function fits(pattern: string, text: string): boolean {
  const inside = /^\{ (.+) \}$/.exec(pattern)?.[1] ?? "";
  return inside.split(" && ").every((term) => {
    const [, path = "", value = ""] = /^\$\.([\w.]+) = ("[^"]*"|\d+)$/.exec(term) ?? [];
    return fieldIn(text, path) === JSON.parse(value);
  });
}

/** `eventsRead` is how many events of the group one search looks at: then it is left. */
export function playedLog(eventsRead = Number.POSITIVE_INFINITY) {
  const events: FoundEvent[] = [];
  const asked: Search[] = [];
  const state = { isBusy: false };
  const search: LogSearch = async (wanted) => {
    asked.push(wanted);
    if (state.isBusy) throw new NotSearched("busy");
    const { from, until = Number.POSITIVE_INFINITY, limit, token = "0", newestFirst, pattern } = wanted;
    const order = newestFirst ? -1 : 1;
    const within = events
      .filter(({ time }) => time >= from && time <= until)
      .sort((a, b) => order * (a.time - b.time));
    const found: FoundEvent[] = [];
    let at = Number(token);
    for (let read = 0; at < within.length && read < eventsRead && found.length < limit; at++, read++) {
      const event = within[at];
      if (event !== undefined && fits(pattern, event.text)) found.push(event);
    }
    return { events: found, ...(at < within.length ? { token: String(at) } : {}) };
  };
  const put = (time: number, text: string): void => {
    events.push({ id: `e${events.length}`, time, text });
  };
  return { search, put, asked, state };
}

/** A group where nothing is. */
export const emptyLog = playedLog().search;
