import type { A } from "./types";
enum Kind { One = 1, Two = "two".length }
namespace Inner { export const load = (x: number) => fetch(String(x)); }
declare function ambient(x: number): void;
export async function run<T extends A>(this: A, x: T, y?: number): Promise<T> {
  const a = await load<T>(x)!;
  const b = (await (ambient as any)<string>(x)) satisfies T;
  const c = <any>send(x!).items!.first<T>()!;
  return build<T>(a, b, c).value as T;
}
export function overload(a: string): void;
export function overload(a: unknown) { send(a); }
