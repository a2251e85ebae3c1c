import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { integer, pgTable, serial, text } from "drizzle-orm/pg-core";
import { task } from "holdfast";
import pg from "pg";

const orders = pgTable("orders", {
  id: serial("id").primaryKey(),
  name: text("name").notNull(),
  receipt: text("receipt").generatedAlwaysAs(sql`'rcpt:' || name`),
});
const lines = pgTable("lines", {
  id: serial("id").primaryKey(),
  orderId: integer("order_id"),
  name: text("name"),
});

const db = drizzle(process.env.DATABASE_URL ?? "");

export const withDrizzle = task({
  id: "drizzle-orm",
  run: async () => {
    const [first] = await db.insert(orders).values({ name: "first" }).returning();
    await db.transaction(async (tx) => {
      const [order] = await tx.insert(orders).values({ name: "order" }).returning({ id: orders.id });
      await tx.insert(lines).values({ orderId: order?.id, name: "line" });
    });
    const found = await db.select().from(orders).where(eq(orders.name, "first"));
    return [first?.receipt, found.length > 0];
  },
});

export const drizzleByHand = task({
  id: "drizzle-orm by hand",
  run: async () => {
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    const own = drizzle(client);
    await own.execute(sql`BEGIN`);
    const [order] = await own.insert(orders).values({ name: "order" }).returning({ id: orders.id });
    await own.insert(lines).values({ orderId: order?.id, name: "line" });
    await own.execute(sql`COMMIT`);
    await client.end();
    return "done";
  },
});
