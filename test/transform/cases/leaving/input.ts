import { task } from "holdfast";
import { download, remove, undo } from "./files";

async function first(url: string) {
  const file = await download(url);
  try {
    return await download(file);
  } finally {
    await remove(file);
  }
}

export const leaving = task({
  id: "leaving",
  run: async (url: string) => {
    try {
      await Promise.all([first(url), [url].map(async (each) => first(each))]);
    } catch (error) {
      await undo(url);
      throw error;
    } finally {
      console.log("over");
    }
    try {
      await first(url);
    } catch {
      return first(url);
    } finally {
      await remove(url);
    }
    try {
      try {
        await first(url);
      } finally {
        await remove(url);
      }
    } catch (error) {
      throw new Error("other", { cause: error });
    }
  },
});
