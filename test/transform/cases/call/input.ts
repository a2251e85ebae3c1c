export async function run(id: string) {
  const order = await load(id);
  const total = await pricing.quote(order, { currency: "EUR" });
  await stripe.charges.create({ amount: total });
  return order;
}
