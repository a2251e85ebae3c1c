export async function run() {
  const x = await load(;
}
