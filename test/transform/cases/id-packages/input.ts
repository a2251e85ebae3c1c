import { createId } from "@paralleldrive/cuid2";
import { customAlphabet, nanoid } from "nanoid";
import { monotonicFactory, ulid } from "ulid";
import * as uuid from "uuid";
import { v4, v7 as timeOrdered } from "uuid";
import { step } from "holdfast";

const short = customAlphabet("abc", 5);

export async function ids() {
  const refused = [nanoid(), createId(), timeOrdered(), uuid.v1(), monotonicFactory()];
  const same = [v4(), uuid.v4(), ulid(), crypto.randomUUID()];
  const recorded = await step("id", async () => nanoid());
  return [refused, same, recorded, short()];
}
