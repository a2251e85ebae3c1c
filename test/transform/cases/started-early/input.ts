export async function run() {
  const first = charge("a");
  const second = [charge("b"), charge("c")];
  await first;
  await Promise.all(second);
  return charge("d");
}
