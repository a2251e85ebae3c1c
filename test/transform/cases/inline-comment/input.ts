export async function run(x: number) {
  await /* holdfast:inline */ cheap(x);
  const y = await /* holdfast:inline */ (await load(x)).parse(await next());
  await recorded(/* just a comment */ x);
  return y;
}
