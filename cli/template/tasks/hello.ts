import { task, wait } from "holdfast";

async function greetingFor(name: string): Promise<string> {
  console.log(`Looking for words for ${name}.`);
  return `Hello ${name}!`;
}

/** Kill the process wherever you like: the run goes on behind the last `await` that is finished. */
export const hello = task({
  id: "hello",
  retry: { maxAttempts: 3 },
  run: async ({ name }: { name: string }) => {
    const greeting = await greetingFor(name);
    await wait.for({ seconds: 5 }); // no process is kept for this
    return greeting;
  },
});
