export async function run() {
  const { a, b: { c = await load("c") }, ...rest } = await load("x");
  const [d = make(), ...e] = await list();
  [state.x, state.y = make()] = [a, d];
  ({ [key()]: get().z } = rest);
  return [c, e];
}
