export async function run(path: string) {
  using lock = take(path);
  await using file = await open(path), copy = await open(path + "2");
  await file.write("x");
  for (await using each of files) {
    await each.read();
  }
  for (using each of files) log(each);
  {
    await using quiet = await open("y");
  }
  try {
    await using kept = await open("z");
    await kept.write("z");
    function helper() {}
  } catch {}
  for (using x = take("a"); ; ) break;
}
await using top = await open("top");
