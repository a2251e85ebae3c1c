export function run(x: unknown) {
  const a = Math.max(1, 2) + Math.floor(3.5);
  const b = JSON.parse(JSON.stringify(x));
  const c = Object.entries(b).length;
  const d = Array.isArray(x) && Number.isInteger(x) && isNaN(Number(x));
  const e = encodeURIComponent(String(x)) + BigInt(1) + Symbol("x").toString();
  return [a, b, c, d, e, structuredClone(x), Math.random()];
}
