/** Times and lengths of time, as people say them. */

const units: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

/** `340 ms`, `2.4 s`, `1 min 12 s`, `3 d 4 h`. */
export function lengthOf(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1_000) return `${whole} ms`;
  if (whole < 60_000) return `${(Math.floor(whole / 100) / 10).toFixed(1).replace(/\.0$/, "")} s`;
  const index = units.findIndex(([, size]) => whole >= size);
  const [name = "s", size = 1_000] = units[index] ?? [];
  const [nextName = "ms", nextSize = 1] = units[index + 1] ?? [];
  const count = Math.floor(whole / size);
  const rest = Math.floor((whole - count * size) / nextSize);
  return rest === 0 ? `${count} ${name}` : `${count} ${name} ${rest} ${nextName}`;
}

/** `just now`, `12 s ago`, `3 h ago`; `in 5 min` for what is to come. */
export function ageOf(ms: number, now: number): string {
  const age = now - ms;
  const size = Math.abs(age);
  if (size < 1_000) return "just now";
  const [name = "s", unit = 1_000] = units.find(([, each]) => size >= each) ?? [];
  const text = `${Math.floor(size / unit)} ${name}`;
  return age < 0 ? `in ${text}` : `${text} ago`;
}

const longForm = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "long",
});

/** The exact time in the viewer's zone, with milliseconds and in UTC too. */
export function exactly(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${longForm.format(date)} (${iso})`;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The time of day in the viewer's zone, with milliseconds; the date too where it is another day than today. */
export function clockTime(iso: string, now: number): string {
  const date = new Date(iso);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const withMs = `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  if (date.toDateString() === new Date(now).toDateString()) return withMs;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${withMs}`;
}

/** A size as people read it. */
export function bytesOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
