/** What somebody could try to run in the page that shows it: markup, links, direction overrides, long texts. */
import { logger, task } from "holdfast";

const markup = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

async function echo(text: string): Promise<{ text: string; link: string; long: string }> {
  return { text, link: `javascript:document.title='owned'`, long: "x".repeat(1_000_000) };
}

export const hostile = task({
  id: `<img src=x onerror="document.title='owned'">`,
  description: markup,
  retry: { maxAttempts: 1 },
  run: async ({ text, fail }: { text: string; fail: boolean }) => {
    logger.warn(`${markup} \u202egnp.exe`, { [markup]: "javascript:alert(1)" });
    const answer = await fetch(`data:text/plain,${encodeURIComponent(text)}`).then((each) => each.text());
    const echoed = await Promise.all([echo(`${markup}${answer}`)]);
    if (!fail) return echoed;
    const error = new Error(`${markup} \u202egnp.exe javascript:alert(1) ${text}`);
    error.name = markup;
    throw error;
  },
});
