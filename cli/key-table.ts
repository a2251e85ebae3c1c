/** Keys as a table: what of them is known where they are kept. */

/** A key, as a project lists it. */
interface ListedKey {
  readonly id: string;
  readonly name?: string | undefined;
  readonly scopes: readonly string[];
  readonly tasks?: readonly string[] | undefined;
  readonly expiresAt?: string | undefined;
  readonly lastUsedAt?: string | undefined;
}

interface Shown {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the table cannot say. */
  readonly note?: string;
}

/** `isStack`: the keys of a stack. When those were used last is in a log: asking it takes rights that whoever makes keys may not have. */
export function keyTable(keys: readonly ListedKey[], isStack: boolean): Shown {
  const rows = keys.map(({ id, name, scopes, tasks, expiresAt, lastUsedAt }) => {
    const row = [id, name ?? "–", scopes.join(", "), tasks?.join(", ") ?? "all", expiresAt ?? "–"];
    return isStack ? row : [...row, lastUsedAt ?? "–"];
  });
  const head = ["ID", "NAME", "MAY", "TASKS", "EXPIRES"];
  if (!isStack) return { head: [...head, "LAST USED"], rows };
  const query = 'filter message = "A key is in use" | stats max(@timestamp) by keyId';
  return {
    head,
    rows,
    note: `When each was used last is in the log of the api function, in CloudWatch's Logs Insights: ${query}`,
  };
}
