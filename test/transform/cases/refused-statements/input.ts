export async function run(stream: AsyncIterable<string>) {
  for await (const part of stream) log(part);
  await using file = await open("x");
  eval("1 + 1");
  return new Function("return 1")();
}
