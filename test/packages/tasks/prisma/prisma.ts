import { PrismaPg } from "@prisma/adapter-pg";
import { task } from "holdfast";
import { PrismaClient } from "../../generated/prisma/client";

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const prisma = new PrismaClient({ adapter });

export const withPrisma = task({
  id: "@prisma/client",
  run: async () => {
    const first = await prisma.order.create({ data: { name: "first" } });
    const both = await prisma.order.create({
      data: { name: "order", lines: { create: [{ name: "line" }] } },
    });
    const lines = await prisma.line.findMany({ where: { orderId: both.id }, include: { order: true } });
    return [first.name, lines.length, lines[0]?.order?.name];
  },
});

export const inCallback = task({
  id: "@prisma/client $transaction",
  run: async () => {
    const name = await prisma.$transaction(
      async (tx) => {
        const order = await tx.order.create({ data: { name: "order" } });
        await tx.line.create({ data: { name: "line", orderId: order.id } });
        return order.name;
        // Five seconds, which is the default, are little on a busy machine.
      },
      { timeout: 60_000 },
    );
    await prisma.order.create({ data: { name: "after" } });
    return name;
  },
});
