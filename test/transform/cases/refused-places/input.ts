export async function run(a: Service, make: () => Service) {
  class Limits {
    static {
      await a.load();
    }
    field = make().load?.();
  }
  delete a?.items().first;
  delete (make().items).first;
  await (make()?.load)(1);
  const inner = (x = make().load?.(1)) => x;
  return [Limits, inner];
}
