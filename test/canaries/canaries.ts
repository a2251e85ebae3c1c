/**
 * A hundred secrets that nobody can mistake for anything else, and where they are looked for.
 */
import { randomBytes } from "node:crypto";

/** So many. */
const canaryCount = 100;

const odd = ['"', "\\", "\n", "<", "é", " ", "/", "&", "'", "%"];

/** Secrets by name: letters and digits, and every third one with a character that is written in another way somewhere. */
export function makeCanaries(): Record<string, string> {
  const names = Array.from({ length: canaryCount }, (_, n) => `CANARY_${String(n).padStart(3, "0")}`);
  const value = (n: number): string => {
    const [before, behind] = [randomBytes(9).toString("hex"), randomBytes(9).toString("hex")];
    return n % 3 === 2 ? `${before}${odd[n % odd.length]}${behind}` : `${before}${behind}`;
  };
  return Object.fromEntries(names.map((name, n) => [name, value(n)]));
}

/** What of a value may stand nowhere: each of its halves, as it is and in base64 wherever it begins. */
function marksOf(value: string): string[] {
  const halves = [value.slice(0, 18), value.slice(-18)];
  return halves.flatMap((half) => [
    half,
    ...[0, 1, 2].map((before) => {
      const text = Buffer.from(`${"\0".repeat(before)}${half}`).toString("base64");
      return text.slice(before + 2, before + 18);
    }),
  ]);
}

/** The names of those that are found in these bytes. */
export function foundIn(bytes: Buffer | string, canaries: Readonly<Record<string, string>>): string[] {
  const text = typeof bytes === "string" ? bytes : bytes.toString("latin1");
  return Object.entries(canaries).flatMap(([name, value]) =>
    marksOf(value).some((mark) => text.includes(mark)) ? [name] : [],
  );
}
