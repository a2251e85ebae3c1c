export async function run(args: string[]) {
  await send(...args, ...(await more()));
  return [...list(), ...new Set(args)].map(String);
}
