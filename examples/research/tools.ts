import { tool } from "ai";
import * as z from "zod";

const encyclopedia = process.env.ENCYCLOPEDIA_URL ?? "http://127.0.0.1:4008";

/** What the model may ask for. It has no `execute`: the task does it, so that each look-up is a checkpoint of its own. */
export const tools = {
  lookUp: tool({
    description: "Gives the article of the encyclopedia with this title.",
    inputSchema: z.object({ title: z.string() }),
  }),
};

/** The article, or a word that there is none. */
export async function lookUp(title: string): Promise<string> {
  const response = await fetch(`${encyclopedia}/articles/${encodeURIComponent(title)}`);
  if (response.status === 404) return `There is no article "${title}".`;
  if (!response.ok) throw new Error(`The encyclopedia answered ${response.status}.`);
  return await response.text();
}
