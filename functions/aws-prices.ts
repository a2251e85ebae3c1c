/**
 * US dollars in us-east-1, free tiers left out, as AWS's price lists of these days had them.
 *
 * Owns:      the prices of what a run uses; `bench/aws-costs.ts` adds those of a stack, docs/aws-costs.md shows both.
 */
export const runPrices = {
  lambdaRequest: { usd: 0.2 / 1e6, day: "2026-09-19" },
  lambdaGbSecond: { usd: 0.000_013_333_4, day: "2026-09-19" },
  // Linux on ARM, as the stack has it by default: $0.03238 for an hour of a processor, $0.00356 for one of a GB.
  fargateVcpuSecond: { usd: 0.032_38 / 3_600, day: "2026-04-01" },
  fargateGbSecond: { usd: 0.003_56 / 3_600, day: "2026-04-01" },
  sqsRequest: { usd: 0.4 / 1e6, day: "2025-08-28" },
  writeUnit: { usd: 0.625 / 1e6, day: "2026-08-15" },
  readUnit: { usd: 0.125 / 1e6, day: "2026-08-15" },
} as const;
