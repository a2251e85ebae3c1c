/**
 * The CDK app of the tests: one stack with one Holdfast, whose props stand in the arguments as JSON, times in seconds.
 *
 * Started by `synth.ts` as a process of its own, with `CDK_OUTDIR` set: as `cdk synth` does.
 */
import { App, ArnFormat, Duration, Stack } from "aws-cdk-lib";
import { SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import { AccountRootPrincipal, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { Holdfast } from "../../infra/index.ts";
import type { StackPlan } from "./synth.ts";

const plan = JSON.parse(process.argv[2] ?? "{}") as StackPlan;
const { timeout, lease, leaveAfter, callers, network, ...others } = plan;
const app = new App();
const stack = new Stack(app, "Orders");
const vpcId = "vpc-1234567890abcdef0";
const privateSubnetIds = ["subnet-11111111111111111", "subnet-22222222222222222"];
const vpc = Vpc.fromVpcAttributes(stack, "Network", {
  vpcId,
  availabilityZones: ["a", "b"],
  privateSubnetIds,
});
const group = SecurityGroup.fromSecurityGroupId(stack, "Group", "sg-1234567890abcdef0");
const orders = new Holdfast(stack, "Orders", {
  ...others,
  ...(network === true ? { vpc, securityGroups: [group] } : {}),
  timeout: Duration.seconds(timeout),
  lease: Duration.seconds(lease),
  leaveAfter: Duration.seconds(leaveAfter),
});
if (callers === true) {
  const assumedBy = new AccountRootPrincipal();
  orders.grantTrigger(new Role(stack, "Shop", { assumedBy }));
  new Role(stack, "Stranger", { assumedBy });
  const deployer = new Role(stack, "Deployer", { assumedBy });
  const may = (actions: string[], resource: string) =>
    deployer.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  may(["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"], orders.secret.secretArn);
  if (orders.encryption !== undefined) {
    const { secret, key } = orders.encryption;
    may(["secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue"], secret.secretArn);
    may(["kms:GenerateDataKey", "kms:Decrypt"], key.keyArn);
  }
  may(
    ["cloudformation:DescribeStacks"],
    stack.formatArn({ service: "cloudformation", resource: "stack", resourceName: "Orders/*" }),
  );
  may(
    ["logs:FilterLogEvents"],
    stack.formatArn({
      ...{ service: "logs", resource: "log-group", resourceName: "*" },
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  orders.grantTrigger(deployer);
}
app.synth();
