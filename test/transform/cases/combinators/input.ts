export async function run(items: string[]) {
  const [a, b] = await Promise.all([load("a"), load("b")]);
  await Promise.allSettled(items.map((item) => send(item)));
  await Promise.race([timeout(5), (load("c"))]);
  const later = Promise.any([load("d")]);
  return [a, b, await later];
}
