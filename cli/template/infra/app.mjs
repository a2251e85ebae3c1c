// The same tasks in your AWS account: npx holdfast deploy
import { App, Stack } from "aws-cdk-lib";
import { Holdfast } from "holdfast/infra";

const stack = new Stack(new App(), "Tasks");
new Holdfast(stack, "Tasks", { tasks: "./tasks" });
