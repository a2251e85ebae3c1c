export async function run(id: string) {
  if (!(await check(id))) throw new Error("refused");
  const [{ data, error }, count] = await Promise.all([db.get(id), db.count()]);
  if (error) throw error;
  let state;
  state = await poll(id);
  const failed = state.status === "failed";
  switch (count) {
    case 0:
      throw new Error("none");
  }
  if (failed) throw new Error("failed");
  const pending = start(id);
  const started = await pending;
  if (!started) throw new Error(`${data}`);
}
