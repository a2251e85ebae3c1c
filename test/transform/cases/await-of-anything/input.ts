export async function run(p: Promise<number>, builder: Builder) {
  const a = await p;
  const b = await (cond ? f() : g());
  const c = await builder.ready;
  const d = await import("./late.ts");
  const e = await 5;
  const f2 = await (f() as Promise<number>);
  const g2 = await new Promise((resolve) => later(resolve));
  return [a, b, c, d, e, f2, g2];
}
