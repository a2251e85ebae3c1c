/** What `holdfast dev --json` has told of replays, by machine: `output` is all that it has printed. */
export const replaysIn = <Told>(output: string): Told[] =>
  output
    .split("\n")
    .filter((line) => line.startsWith('{"replay"'))
    .map((line) => (JSON.parse(line) as { replay: Told }).replay);
