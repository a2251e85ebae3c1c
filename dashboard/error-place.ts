/** Where in the author's own source an error comes from, by its stack. */

/** `ask (tasks/shop.ts:7:26)`: the first frame that is neither Node's nor a package's; undefined where there is none. */
export function placeOfError(stackTrace: string | undefined): string | undefined {
  for (const line of stackTrace?.split("\n") ?? []) {
    const [, frame = ""] = /^\s+at (?:async )?(.+:\d+\)?)$/.exec(line) ?? [];
    if (frame !== "" && !/node:|node_modules\//.test(frame)) return frame;
  }
  return undefined;
}
