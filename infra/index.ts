/**
 * `holdfast/infra`: what a CDK app imports.
 *
 * @module holdfast/infra
 */
export { Holdfast } from "./holdfast.ts";
export { InfraError } from "./problems.ts";
export type { HoldfastProps } from "./props.ts";
