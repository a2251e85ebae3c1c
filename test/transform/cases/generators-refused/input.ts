export function* all(...items: string[]) {
  for (const item of items) yield load(item);
}
