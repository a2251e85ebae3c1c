/**
 * `holdfast/aws`: callers within the account, by IAM and without a key.
 *
 * @module holdfast/aws
 */
export { type AwsTransportOptions, awsTransport } from "./transport.ts";
