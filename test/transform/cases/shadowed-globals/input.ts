import { JSON, fetch as Math } from "./own";
export async function run(Object: Own) {
  JSON.parse("x");
  Math.max(1);
  Object.keys(1);
  String(Number("1"));
  {
    const parseInt = (x: string) => x;
    parseInt("1");
  }
  parseInt("1");
  await Promise.resolve(Array.from([1]));
  return [Math.random(), Date.now(), crypto.randomUUID()];
}
