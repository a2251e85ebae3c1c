export async function run() {
  const client = new Client({ key: read() });
  const bare = new Client;
  const typed = new ns.Client<string>("x");
  const now = new Date();
  const then = new Date(0);
  const map = new Map<string, number>();
  const error = new Error("x");
  return [client, bare, typed, now, then, map, error, await new Query().run()];
}
