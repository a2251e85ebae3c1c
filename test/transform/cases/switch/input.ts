export async function run(kind: string) {
  switch (await classify(kind)) {
    case await expected():
      return send("a");
    case "b": {
      const kind = await load("b");
      return kind;
    }
    default:
      throw new Error(kind);
  }
}
