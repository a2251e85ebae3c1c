/**
 * The CDK app of this repository: what `npx cdk synth` and `npm run deploy` begin with.
 *
 * `-c tasks=<folder>` deploys another folder of tasks, `-c name=<name>` under another name.
 */
import { App, Stack } from "aws-cdk-lib";
import { Holdfast } from "./holdfast.ts";

const app = new App();
const name = String(app.node.tryGetContext("name") ?? "Orders");
const tasks = String(app.node.tryGetContext("tasks") ?? "examples/order/tasks");
const stack = new Stack(app, name, { description: `Holdfast: durable background tasks (${name})` });
new Holdfast(stack, name, { tasks });
app.synth();
