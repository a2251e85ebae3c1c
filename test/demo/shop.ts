/** The shop that the demo runs: a copy of `examples/order` outside the clone, so that its source can be changed. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { linkHoldfast, makeFolder, root } from "../world/place.ts";

/** A copy of the example in a folder of its own. */
export interface Shop {
  readonly project: string;
  readonly data: string;
  /** Plants the bug; `line` is the line that has it. */
  breakIt(): Promise<Change>;
  /** Puts the source right again. */
  mend(): Promise<Change>;
  remove(): Promise<void>;
}

/** A line of the source, before and after. */
export interface Change {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

const right = "await sendConfirmation(order, parcel.tracking);";
const wrong = "await sendConfirmation(order, parcel.label.number);";

/** Copies the shop. */
export async function openShop(): Promise<Shop> {
  const folder = await makeFolder("demo");
  const project = join(folder.path, "shop");
  await cp(join(root, "examples", "order"), project, { recursive: true });
  await writeFile(join(project, "package.json"), `{ "private": true, "type": "module" }`);
  await linkHoldfast(project);
  const file = join(project, "tasks", "order.ts");
  const change = async (before: string, after: string): Promise<Change> => {
    const text = await readFile(file, "utf8");
    if (!text.includes(before)) throw new Error(`${file} has no line "${before}".`);
    await writeFile(file, text.replace(before, after));
    return { file: "tasks/order.ts", before, after };
  };
  return {
    project,
    data: join(folder.path, "data"),
    breakIt: () => change(right, wrong),
    mend: () => change(wrong, right),
    remove: () => folder.remove(),
  };
}
