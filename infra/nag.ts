/**
 * Exceptions from the rules of cdk-nag, each with its reason, beside the resource that needs it.
 *
 * Invariant: an exception names one rule and one finding; a reason is a sentence that can be disputed.
 */
import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Says why a finding is right as it is. */
export function argue(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}
