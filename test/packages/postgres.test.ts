/** Drivers and query builders on a real PostgreSQL. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, here, type Outside } from "./crashing.ts";
import { crashedEverywhere } from "./everywhere.ts";
import { hasPostgres, type Server, startPostgres } from "./servers.ts";

/** What is used of `pg`, whose types are not in the default install. */
interface Client {
  connect(): Promise<void>;
  query(
    text: string,
  ): Promise<{ readonly rows: readonly { readonly name: string; readonly count: number }[] }>;
  end(): Promise<void>;
}

const tables = `
  CREATE TABLE orders (id serial PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now(),
    receipt text GENERATED ALWAYS AS ('rcpt:' || name) STORED);
  CREATE TABLE lines (id serial PRIMARY KEY, order_id int REFERENCES orders, name text);`;
const rows =
  "SELECT name, count(*)::int FROM (SELECT name FROM orders UNION ALL SELECT name FROM lines) r GROUP BY name";

describe.skipIf(!hasPostgres)("on PostgreSQL", () => {
  let server: Server;
  let client: Client;
  let outside: Outside;
  beforeAll(async () => {
    server = await startPostgres();
    const pg = createRequire(join(here, "package.json"))("pg") as { Client: new (url: string) => Client };
    client = new pg.Client(server.url);
    await client.connect();
    await client.query(tables);
    outside = {
      env: { DATABASE_URL: server.url },
      begin: async () => void (await client.query("TRUNCATE orders, lines RESTART IDENTITY")),
      effects: async () => {
        const found = await client.query(rows);
        return Object.fromEntries(found.rows.map(({ name, count }) => [name, count]));
      },
    };
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  test.each(["pg", "pg client"])("%s: a task that uses it, killed everywhere", async (name) => {
    const { findings } = await crashedEverywhere(await build("pg"), outside, name);
    expect(findings).toEqual([]);
  });

  /** An order and its line are both there, or neither. */
  const isWhole = ({ order = 0, line = 0 }: Readonly<Record<string, number>>): string | undefined =>
    order === line ? undefined : `${order} orders, ${line} lines`;

  test.each(["@prisma/client", "@prisma/client $transaction"])(
    "%s: a task that uses it, killed everywhere",
    async (name) => {
      const { plain, findings } = await crashedEverywhere(await build("prisma"), outside, name, undefined, {
        together: 2,
        isWhole,
      });
      expect(findings).toEqual([]);
      expect(plain.effects).toMatchObject({ order: 1, line: 1 });
    },
  );

  test.each([
    ["pg by hand", "pg"],
    ["pg by hand, the first time in vain", "pg"],
    ["drizzle-orm", "drizzle"],
    ["drizzle-orm by hand", "drizzle"],
    ["postgres", "postgres"],
    ["postgres by hand", "postgres"],
  ])("%s: a transaction, killed everywhere", async (name, folder) => {
    const { plain, findings } = await crashedEverywhere(await build(folder), outside, name, undefined, {
      together: 2,
      isWhole,
    });
    expect(findings).toEqual([]);
    expect(plain.effects).toMatchObject({ order: 1, line: 1 });
  });
});
