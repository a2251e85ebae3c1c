/** What stands for options of Trigger.dev's triggers that Holdfast does not have: whoever uses one is told. */

const sameCode = "Take `version`: it names the code that the run is worked on by.";

const known: Readonly<Record<string, string>> = {
  externalDeploymentId: sameCode,
  region: "Deploy a stack in that region, and trigger there.",
  test: "Trigger it as any other run.",
};

/** What to use instead of an option; undefined for one that Trigger.dev does not have. */
export const insteadOf = (option: string): string | undefined =>
  Object.hasOwn(known, option) ? known[option] : undefined;
