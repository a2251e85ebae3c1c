/**
 * Chooses what tests draw from at random, and prints it: `HOLDFAST_SEED=<n>` draws it again. CI draws the same each time, so
 * that a change is refused for its own faults alone.
 */
export function setup(): void {
  process.env.HOLDFAST_SEED ??= process.env.CI ? "1" : String(Date.now() % 1_000_000);
  console.log(`HOLDFAST_SEED=${process.env.HOLDFAST_SEED}`);
}
