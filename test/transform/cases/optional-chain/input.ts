export async function run(user?: User) {
  const name = await user?.profile();
  const city = user?.address?.geo().city;
  const call = await user.hooks.onDone?.(name);
  const deep = (await load())?.items[0]?.find((item) => item.ok)?.id;
  const key = user?.[pick()]?.(1);
  plain?.();
  return load()?.length;
}
