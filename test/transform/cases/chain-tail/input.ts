import { users } from "./schema";
export async function run(payload: { id: string }) {
  const body = await fetch("https://example.com").json();
  const rows = await db.select().from(users).limit(10);
  const one = await supabase.from("users").select("*").eq("id", payload.id).single();
  const items = client.list({ limit: 3 }).data.items[0].name;
  const built = factory()("x")(() => payload);
  return [body, rows, one, items, built];
}
