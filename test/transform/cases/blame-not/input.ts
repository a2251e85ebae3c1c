export async function run(id: string) {
  try {
    await load(id);
  } catch (error) {
    if (id) throw error;
    throw new Error("wrapped", { cause: error });
  }
  const order = await load(id);
  const shipped = ship(order.id);
  if (shipped) throw new Error("already");
}
