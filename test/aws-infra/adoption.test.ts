/** What a stack takes from the account that it is put into: network, keys, processors, rights; and gives to nobody else. */
import { Stack, Validations } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import { AccountPrincipal, AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { Holdfast, type HoldfastProps } from "../../infra/index.ts";
import { quickApp, resourcesOf, templateOf } from "./synthesized.ts";

/** A stack that is told nothing but its tasks. */
const plain = templateOf();

type Resources = ReturnType<typeof resourcesOf>;

/** The template of a stack whose props are made in it. */
function stackWith(
  more: (stack: Stack) => Partial<HoldfastProps>,
  then?: (orders: Holdfast, stack: Stack) => void,
) {
  const stack = new Stack(quickApp(), "Stack");
  const orders = new Holdfast(stack, "Orders", { tasks: "x", ...more(stack) });
  then?.(orders, stack);
  return Template.fromStack(stack);
}

const ofType = (resources: Resources, type: string): [string, Resources[string]][] =>
  Object.entries(resources).filter(([id, { Type }]) => Type === type && id.startsWith("Orders"));

/** Ids and types of what must never be another resource. */
const stateOf = (template: Template): Record<string, string> =>
  Object.fromEntries(
    Object.entries(resourcesOf(template)).flatMap(([id, { Type }]) =>
      /^Orders(Table|Values|Secret|Doorbell|LostRings|DeadLetters|Dispatcher)$/.test(id) ? [[id, Type]] : [],
    ),
  );

describe("vpc and securityGroups", () => {
  const template = stackWith((stack) => {
    const vpc = new Vpc(stack, "Network");
    return { vpc, securityGroups: [new SecurityGroup(stack, "Group", { vpc })] };
  });
  const resources = resourcesOf(template);

  test("put the function with the tasks into private subnets, and no other function", () => {
    const inside = ofType(resources, "AWS::Lambda::Function").filter(
      ([, { Properties }]) => Properties.VpcConfig !== undefined,
    );
    expect(inside.map(([id]) => id)).toEqual(["OrdersDispatcher"]);
    expect(inside[0]?.[1].Properties.VpcConfig).toEqual({
      SecurityGroupIds: [{ "Fn::GetAtt": [expect.stringMatching(/^Group/), "GroupId"] }],
      SubnetIds: [
        { Ref: expect.stringMatching(/^NetworkPrivateSubnet1/) },
        { Ref: expect.stringMatching(/^NetworkPrivateSubnet2/) },
      ],
    });
  });

  test("let Lambda make network interfaces with the role, and what runs in the function not", () => {
    const actions = Match.arrayWith(["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]);
    template.hasResourceProperties("AWS::IAM::Role", {
      Policies: [
        {
          PolicyDocument: {
            Statement: Match.arrayWith([
              { Sid: "JoinNetwork", Effect: "Allow", Action: actions, Resource: "*" },
            ]),
          },
        },
      ],
    });
    template.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: [
          {
            Sid: "NotFromTasks",
            Effect: "Deny",
            Action: actions,
            Resource: "*",
            Condition: {
              ArnEquals: { "lambda:SourceFunctionArn": [{ "Fn::GetAtt": ["OrdersDispatcher", "Arn"] }] },
            },
          },
        ],
      },
    });
    expect(JSON.stringify(resources)).not.toContain("ManagedPolicyArns");
  });

  test("without groups, one is made", () => {
    const alone = resourcesOf(stackWith((stack) => ({ vpc: new Vpc(stack, "Network") })));
    expect(ofType(alone, "AWS::EC2::SecurityGroup")).toHaveLength(1);
  });

  test("no network, no right to make one's way into it", () => {
    expect(JSON.stringify(resourcesOf(plain))).not.toContain("ec2:");
  });
});

describe("kmsKey", () => {
  const template = stackWith((stack) => ({ kmsKey: new Key(stack, "Key") }));
  const resources = resourcesOf(template);
  const key = { "Fn::GetAtt": [expect.stringMatching(/^Key/), "Arn"] };

  test("encrypts table, bucket, queues and secret", () => {
    expect(resources.OrdersTable?.Properties.SSESpecification).toEqual({
      SSEEnabled: true,
      SSEType: "KMS",
      KMSMasterKeyId: key,
    });
    expect(resources.OrdersValues?.Properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: key },
        },
      ],
    });
    for (const [, { Properties }] of ofType(resources, "AWS::SQS::Queue")) {
      expect(Properties.KmsMasterKeyId).toEqual(key);
    }
    expect(resources.OrdersSecret?.Properties.KmsKeyId).toEqual(key);
  });

  test("may be used by every function, through the services that hold the state alone", () => {
    const roles = ofType(resources, "AWS::IAM::Role");
    const uses = roles.map(([, { Properties }]) => {
      const [{ PolicyDocument }] = Properties.Policies as [
        { PolicyDocument: { Statement: { Sid: string }[] } },
      ];
      return PolicyDocument.Statement.find(({ Sid }) => Sid === "UseKey");
    });
    expect(uses).toHaveLength(5);
    for (const use of uses) {
      expect(use).toMatchObject({
        Resource: key,
        Condition: { StringEquals: { "kms:ViaService": expect.objectContaining({ length: 4 }) } },
      });
    }
  });

  test("without one, AWS's own keys encrypt, and nobody is given rights on keys", () => {
    expect(JSON.stringify(resourcesOf(plain))).not.toContain("kms:");
  });
});

test("architecture is that of every function", () => {
  const resources = resourcesOf(templateOf({ architecture: Architecture.X86_64 }));
  const found = ofType(resources, "AWS::Lambda::Function").map(
    ([, { Properties }]) => Properties.Architectures,
  );
  expect(found).toEqual(Array.from({ length: 5 }, () => ["x86_64"]));
});

describe("environment", () => {
  const versionOf = (environment?: Readonly<Record<string, string>>) => {
    const resources = resourcesOf(templateOf(environment === undefined ? {} : { environment }));
    const [[id] = []] = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::Lambda::Version");
    const told = JSON.stringify(resources.OrdersDispatcher?.Properties.Environment);
    return { id, hash: /"HOLDFAST_CODE_VERSION":"([^"]*)"/.exec(told)?.[1] };
  };

  test("a change of it makes a version, and runs are pinned to the one that they began with", () => {
    const [none, one, other] = [versionOf(), versionOf({ MODE: "a" }), versionOf({ MODE: "b" })];
    expect(new Set([none.id, one.id, other.id]).size).toBe(3);
    expect(new Set([none.hash, one.hash, other.hash]).size).toBe(3);
  });

  test("the same again, in whatever order, is the same version: going back takes its runs up again", () => {
    expect(versionOf({ A: "1", B: "2" })).toEqual(versionOf({ B: "2", A: "1" }));
    expect(versionOf()).toEqual(versionOf({}));
  });

  test("a name that CloudFormation knows only later counts as what it stands for, whatever else is in the app", () => {
    const hashWith = (others: number): unknown => {
      const template = stackWith((stack) => {
        // Each takes some of the numbers by which CDK knows its tokens.
        for (let made = 0; made < others; made++) new Bucket(stack, `Other${made}`);
        return { environment: { BUCKET: new Bucket(stack, "Own").bucketName } };
      });
      return resourcesOf(template).OrdersDispatcher?.Properties.Environment;
    };
    expect(hashWith(3)).toEqual(hashWith(0));
  });
});

describe("the construct is a grantee", () => {
  test("what it is granted, the tasks may do, and no other function", () => {
    const template = stackWith(
      () => ({}),
      (orders, stack) => new Bucket(stack, "Invoices").grantRead(orders),
    );
    const granted = Object.values(resourcesOf(template)).filter(({ Type, Properties }) => {
      return Type === "AWS::IAM::Policy" && JSON.stringify(Properties).includes("s3:GetBucket*");
    });
    expect(granted).toHaveLength(1);
    expect(granted[0]?.Properties.Roles).toEqual([{ Ref: expect.stringMatching(/^OrdersDispatcherRole/) }]);
  });
});

describe("grantTrigger", () => {
  const invoke = (template: Template) =>
    Object.values(resourcesOf(template)).filter(({ Type, Properties }) => {
      return Type === "AWS::IAM::Policy" && JSON.stringify(Properties).includes("OrdersApiFunction");
    });

  test("is one statement of the grantee's: to invoke the api function, and nothing else", () => {
    const template = stackWith(
      () => ({}),
      (orders, stack) =>
        orders.grantTrigger(new Role(stack, "Shop", { assumedBy: new AccountRootPrincipal() })),
    );
    expect(invoke(template).map(({ Properties }) => Properties)).toEqual([
      {
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: "lambda:InvokeFunction",
              Resource: { "Fn::GetAtt": [expect.stringMatching(/^OrdersApiFunction/), "Arn"] },
            },
          ],
        },
        PolicyName: expect.any(String),
        Roles: [{ Ref: expect.stringMatching(/^Shop/) }],
      },
    ]);
    expect(invoke(plain)).toEqual([]);
  });

  test("lets nobody but API Gateway in by the function's own policy", () => {
    const permissions = Object.values(resourcesOf(plain)).filter(
      ({ Type, Properties }) =>
        Type === "AWS::Lambda::Permission" && JSON.stringify(Properties).includes("OrdersApiFunction"),
    );
    expect(new Set(permissions.map(({ Properties }) => Properties.Principal))).toEqual(
      new Set(["apigateway.amazonaws.com"]),
    );
  });

  test("to a role of another account is refused, and to one of this account that was looked up is written", () => {
    const stack = new Stack(quickApp(), "Stack", {
      env: { account: "111111111111", region: "eu-central-1" },
    });
    const orders = new Holdfast(stack, "Orders", { tasks: "examples/order/tasks" });
    const role = (account: string) =>
      Role.fromRoleArn(stack, `Shop${account}`, `arn:aws:iam::${account}:role/shop`);
    expect(() => orders.grantTrigger(role("222222222222"))).toThrow(/HF601 .*account 222222222222/);
    orders.grantTrigger(role("111111111111"));
    expect(invoke(Template.fromStack(stack)).map(({ Properties }) => Properties.Roles)).toEqual([["shop"]]);
  });

  test("to somebody who has no policies of his own is refused", () => {
    expect(() =>
      stackWith(
        () => ({}),
        (orders) => orders.grantTrigger(new AccountPrincipal("111111111111")),
      ),
    ).toThrow(/could not be added/i);
  });
});

test("none of it makes another resource of what holds data", () => {
  const all = stackWith((stack) => ({
    vpc: new Vpc(stack, "Network"),
    kmsKey: new Key(stack, "Key"),
    architecture: Architecture.X86_64,
    environment: { MODE: "a" },
    memorySize: 1_024,
  }));
  expect(stateOf(all)).toEqual(stateOf(plain));
  expect(Object.keys(stateOf(all))).toHaveLength(7);
});

test.each([
  ["AwsSolutions", AwsSolutionsChecks],
  ["Serverless", ServerlessChecks],
])("cdk-nag's %s finds nothing in a stack that has all of it", (_, Checks) => {
  const app = quickApp();
  Validations.of(app).addPlugins(new Checks(app));
  const stack = new Stack(app, "Stack");
  // What is brought along is its owner's to argue for.
  const vpc = Vpc.fromVpcAttributes(stack, "Network", {
    vpcId: "vpc-0123456789abcdef0",
    availabilityZones: ["a"],
    privateSubnetIds: ["subnet-0123456789abcdef0"],
  });
  const kmsKey = Key.fromKeyArn(
    stack,
    "Key",
    "arn:aws:kms:eu-central-1:000000000000:key/01234567-89ab-cdef-0123-456789abcdef",
  );
  new Holdfast(stack, "Orders", { tasks: "x", vpc, kmsKey, encryption: true });
  expect(() => app.synth()).not.toThrow();
});
