export async function run(id = nextId(), { limit = max(), ...rest } = {}, [first = pick()] = []) {
  const inner = (x = id ?? nextId(), make = () => build(x)) => make();
  return inner(limit, () => first) + rest;
}
