import { task } from "holdfast";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

export const withPool = task({
  id: "pg",
  run: async () => {
    const text = "INSERT INTO orders(name) VALUES($1) RETURNING *";
    const first = await pool.query(text, ["first"]);
    const second = await pool.query<{ receipt: string }>({ text, values: ["second"] });
    const { rows, rowCount } = await pool.query("SELECT name FROM orders ORDER BY name");
    return [
      first.rows[0].receipt,
      second.rows[0]?.receipt,
      rowCount !== null && rowCount >= 2,
      rows.at(-1).name,
    ];
  },
});

export const withClient = task({
  id: "pg client",
  run: async () => {
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query("INSERT INTO orders(name) VALUES('one') RETURNING receipt, at");
    const last = await client.query("INSERT INTO orders(name) VALUES('two') RETURNING receipt");
    await client.end();
    return [rows[0].receipt, rows[0].at instanceof Date, last.rows];
  },
});

export const byHand = task({
  id: "pg by hand",
  run: async () => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const queryText = "INSERT INTO orders(name) VALUES($1) RETURNING id";
      const res = await client.query(queryText, ["order"]);
      const insertPhotoText = "INSERT INTO lines(order_id, name) VALUES ($1, $2) RETURNING order_id";
      const line = await client.query(insertPhotoText, [res.rows[0].id, "line"]);
      await client.query("COMMIT");
      return line.rows[0].order_id === res.rows[0].id;
    } catch (e) {
      await client.query("ROLLBACK");
      throw e;
    } finally {
      client.release();
    }
  },
});

export const failing = task({
  id: "pg by hand, the first time in vain",
  retry: { minTimeoutInMs: 5 },
  run: async (_, { ctx }) => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      await client.query("INSERT INTO orders(name) VALUES('order')");
      if (ctx.attempt.number === 1)
        await client.query("INSERT INTO lines(order_id, name) VALUES (-1, 'line')");
      await client.query("INSERT INTO lines(order_id, name) VALUES (currval('orders_id_seq'), 'line')");
      await client.query("COMMIT");
    } catch (e) {
      await client.query("ROLLBACK");
      throw e;
    } finally {
      client.release();
    }
  },
});
