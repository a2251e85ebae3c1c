import { createId, init } from "@paralleldrive/cuid2";
import { step, task } from "holdfast";
import { customAlphabet, nanoid } from "nanoid";
import { monotonicFactory, ulid } from "ulid";
import { v7 as uuidv7, v1, v4, v5, v6, version } from "uuid";

const url = process.env.STUB_URL;
const digits = customAlphabet("0123456789", 8);
const short = init({ length: 10 });
const rising = monotonicFactory();

/** Tells the id to the outside; says whether it was told the same one when it comes back to this place. */
async function told(label: string, id: string): Promise<string> {
  const response = await fetch(`${url}/told/${label}/${id}`, { method: "POST" });
  const { id: first } = await response.json();
  return first === id ? id : `${label}: ${first} became ${id}`;
}

const makers = { nanoid, digits, createId, short, ulid, rising, v1, v4, v6, uuidv7 };

export const ids = task({
  id: "ids",
  run: async () => {
    const made: string[] = [];
    for (const [label, make] of Object.entries(makers)) made.push(await told(label, make()));
    const [a, b] = [uuidv7(), uuidv7()];
    const [c, d] = [rising(), rising()];
    const inUnit = await step("inside", () => nanoid());
    const own = { random: Uint8Array.from({ length: 16 }, (_, i) => i) };
    return {
      made,
      rises: a < b && c < d,
      versions: [v1(), v4(), v6(), a].map(version),
      inUnit,
      own: v4(own),
      v5: v5("a", v5.URL),
    };
  },
});
