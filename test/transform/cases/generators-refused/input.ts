export async function* pages() {
  yield await load(1);
}
export function* all(...items: string[]) {
  for (const item of items) yield load(item);
}
