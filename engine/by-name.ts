/**
 * What the name of a call says of it. Names stand in the source, and each is looked at with every call that is made there.
 */

/** So many names are remembered; a program has fewer. */
const namesMax = 10_000;

/** The same answer, and found out once for each name. */
export function byName(find: (name: string) => boolean): (name: string) => boolean {
  const found = new Map<string, boolean>();
  return (name) => {
    const known = found.get(name);
    if (known !== undefined) return known;
    if (found.size >= namesMax) found.clear();
    const answer = find(name);
    found.set(name, answer);
    return answer;
  };
}
