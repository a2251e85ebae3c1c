/** `holdfast/aws`: callers within the account, by IAM and without a key. */
export { type AwsTransportOptions, awsTransport } from "./transport.ts";
