/**
 * Functions of the author's that something else than the program's own course calls: a timer, an event, a library that
 * has kept them. How often that happens is nobody's promise, so what is asked for in them says nothing about the program.
 */

/** Names of call sites by id, as the build knows them. */
export type CallNames = (siteId: string) => string | undefined;

/** Calls that invoke what they are given at once, or as soon as a recorded promise settles: the same in every pass. */
const inCourse =
  /(?:^|\.|new )(?:forEach|map|filter|some|every|find|findIndex|findLast|findLastIndex|reduce|reduceRight|flatMap|sort|toSorted|replace|replaceAll|from|fromAsync|groupBy|parse|stringify|then|catch|finally|Promise|next)$/;

const counted = /([^/#>]+)#\d+>f\d+#\d+/g;

/**
 * Was the unit with this key asked for in a function that is called by itself, or within another unit? Where the path is
 * shortened, nobody can tell.
 */
export function isByItself(key: string, nameOf: CallNames): boolean {
  if (key.startsWith("~") || key.includes("@")) return true;
  for (const [, siteId = ""] of key.matchAll(counted)) if (!inCourse.test(nameOf(siteId) ?? "")) return true;
  return false;
}
