import { task } from "holdfast";
import postgres from "postgres";

const query = postgres(process.env.DATABASE_URL ?? "");

export const withPostgres = task({
  id: "postgres",
  run: async () => {
    const [first] = await query`insert into orders (name) values (${"first"}) returning *`;
    const made = await query.begin(async (sql) => {
      const [order] = await sql`insert into orders (name) values ('order') returning id`;
      await sql`insert into lines (order_id, name) values (${order?.id}, 'line')`;
      return order?.id > 0;
    });
    return [first?.receipt, made];
  },
});

export const reserved = task({
  id: "postgres by hand",
  run: async () => {
    const sql = await query.reserve();
    await sql`BEGIN`;
    const [order] = await sql`insert into orders (name) values ('order') returning id`;
    await sql`insert into lines (order_id, name) values (${order?.id}, 'line')`;
    await sql`COMMIT`;
    sql.release();
    return "done";
  },
});
