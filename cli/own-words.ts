/**
 * What to do next, as somebody at a command line does it: the server's answers speak to who calls it over HTTP, the SDK's errors to
 * who writes code.
 *
 * Never: changes what has happened, or a code; a fix that is not here stays as it came.
 */

const keys =
  "Give the key with --key or HOLDFAST_SECRET_KEY. Without either it is the one that the server of this folder keeps (--data names another folder). In AWS --stack <stack> needs none.";

/** By code; what a code has several fixes for is told by the fix. */
const fixes: Readonly<Record<string, (fix: string) => string | undefined>> = {
  HF202: (fix) => (fix.includes("Authorization:") ? keys : undefined),
  HF505: () => keys,
  HF207: (fix) => {
    if (fix.includes("cursor")) return "Leave --after out, to begin with the newest.";
    return fix.includes("http-api.md")
      ? "Correct what it names; --help of the command says what there is."
      : undefined;
  },
  HF211: () =>
    "Check the address (--url or HOLDFAST_API_URL): it is the server's own, without a path. A server of an older version may lack what this command asks for.",
  HF217: () => "`holdfast schedules list` shows those there are; one that was deleted has to be made again.",
  HF504: (fix) =>
    fix.includes("configure(")
      ? "Give an address such as http://localhost:7474 with --url or HOLDFAST_API_URL."
      : undefined,
  HF531: (fix) => `${fix} With --stack <stack> this command searches by itself.`,
};

/** The fix in the command line's words. */
export const ownFix = (code: string | undefined, fix: string): string =>
  (code === undefined ? undefined : fixes[code]?.(fix)) ?? fix;

/** What AWS's clients throw before they have asked AWS for anything, and what to do about it. */
export const awsSetting = ({ message }: Error): string | undefined =>
  /^Region (is missing|not accepted)/.test(message)
    ? "Name the region of the stack: AWS_REGION=eu-central-1."
    : undefined;
