/**
 * Who may do what, by the template's own policies: identity policies, and denies of resource policies.
 *
 * Owns:      the decision, and which grants have been used.
 * Invariant: an explicit deny wins; without an allow the answer is no, in AWS's words.
 */
import { type Statement, type Statements, statementsOf } from "./iam-statements.ts";
import { text } from "./json.ts";
import type { Template } from "./template.ts";

/** One thing that a call needs to be allowed. */
export interface Ask {
  /** `dynamodb:PutItem` */
  readonly action: string;
  readonly resource: string;
  /** Partition keys of the items of a table that are asked for, where the request names them. */
  readonly leadingKeys?: readonly string[];
  /** The service that asks for its caller. */
  readonly viaService?: string;
  /** Where a task of ECS is to run. */
  readonly cluster?: string;
  /** The service that a role is passed to. */
  readonly passedTo?: string;
}

/** Who asks. */
export interface Identity {
  /** The role's name. */
  readonly role: string;
  /** Name of the session: Lambda takes the function's name. */
  readonly session: string;
}

/** The answer; `message` is AWS's text of a refusal. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly message: string };

/** A grant: one action of one Allow statement. */
export interface Grant {
  readonly role: string;
  readonly statement: string;
  readonly action: string;
}

/** The policies of a deployed template. */
export class Policies {
  readonly #statements: Statements;
  readonly #account: string;
  readonly #used = new Set<string>();
  /** Keys of the account's own that secrets are encrypted with. */
  readonly #keys: ReadonlyMap<string, string>;
  /** Roles of a task definition, by its ARN. */
  readonly #passed: ReadonlyMap<string, readonly string[]>;

  /** `before`: the policies that were in force until now; what was used of them counts on. */
  constructor(template: Template, before?: Policies, statements = statementsOf(template)) {
    this.#statements = statements;
    this.#account = template.place.account;
    this.#keys = new Map(
      template
        .all("AWS::SecretsManager::Secret")
        .filter(({ properties }) => properties.KmsKeyId !== undefined)
        .map(({ id, properties }) => [template.ref(id), text(properties.KmsKeyId, id)]),
    );
    this.#passed = new Map(
      template.all("AWS::ECS::TaskDefinition").map(({ id, properties }) => {
        const roles = [properties.TaskRoleArn, properties.ExecutionRoleArn].map((role) => text(role, id));
        return [template.ref(id), roles];
      }),
    );
    if (before !== undefined) for (const grant of before.#used) this.#used.add(grant);
  }

  /** The allowing statements of a role, by name. */
  static namesOf(template: Template, role: string): string[] {
    const own = statementsOf(template).ofRole.get(role) ?? [];
    return own.filter(({ effect }) => effect === "Allow").map(({ sid }) => sid);
  }

  /** The same policies, but for one statement of a role; a session that only looks on keeps it. */
  static without(template: Template, role: string, name: string, onlooker: string): Policies {
    const all = statementsOf(template);
    const rest = (all.ofRole.get(role) ?? []).filter(({ sid }) => sid !== name);
    const less = new Policies(template, undefined, {
      ...all,
      ofRole: new Map([...all.ofRole, [role, rest]]),
    });
    const whole = new Policies(template);
    const decide = less.decide.bind(less);
    less.decide = (who, ask) => (who.session === onlooker ? whole.decide(who, ask) : decide(who, ask));
    return less;
  }

  /** An ask and what else it needs, of whoever asks: the use of the key that a secret is encrypted with, roles that are passed. */
  alsoNeeded(ask: Ask): readonly Ask[] {
    const passed = this.#passed.get(ask.resource) ?? [];
    const passedTo = "ecs-tasks.amazonaws.com";
    const passes = passed.map((resource) => ({ action: "iam:PassRole", resource, passedTo }));
    return [...this.#withKeys(ask), ...passes];
  }

  #withKeys(ask: Ask): readonly Ask[] {
    const key = this.#keys.get(ask.resource);
    const uses = keyUses[ask.action];
    if (key === undefined || uses === undefined) return [ask];
    const viaService = `secretsmanager.${key.split(":")[3]}.amazonaws.com`;
    return [ask, ...uses.map((action) => ({ action, resource: key, viaService }))];
  }

  /** Decides one ask, and writes down which grant it rests on. */
  decide(who: Identity, ask: Ask): Decision {
    const own = this.#statements.ofRole.get(who.role) ?? [];
    const denied = (statement: Statement): boolean => statement.effect === "Deny" && applies(statement, ask);
    if (own.some(denied)) return this.#refusal(who, ask, "with an explicit deny in an identity-based policy");
    if (this.#statements.denies.some(denied))
      return this.#refusal(who, ask, "with an explicit deny in a resource-based policy");
    const granting = own.filter((statement) => statement.effect === "Allow" && applies(statement, ask));
    for (const { id } of granting) this.#used.add(`${who.role} ${id} ${ask.action}`);
    if (granting.length > 0) return { allowed: true };
    return this.#refusal(who, ask, `because no identity-based policy allows the ${ask.action} action`);
  }

  /** All grants of the template. */
  grants(): Grant[] {
    return [...this.#statements.ofRole].flatMap(([role, statements]) =>
      statements
        .filter(({ effect }) => effect === "Allow")
        .flatMap(({ id, actions }) => actions.map((action) => ({ role, statement: id, action }))),
    );
  }

  /** Grants that nothing has rested on so far. */
  unused(): Grant[] {
    return this.grants().filter(
      ({ role, statement, action }) => !this.#used.has(`${role} ${statement} ${action}`),
    );
  }

  #refusal({ role, session }: Identity, { action, resource }: Ask, why: string): Decision {
    const user = `arn:aws:sts::${this.#account}:assumed-role/${role}/${session}`;
    const message = `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
    return { allowed: false, message };
  }
}

const keyUses: Readonly<Record<string, readonly string[]>> = {
  "secretsmanager:GetSecretValue": ["kms:Decrypt"],
  "secretsmanager:PutSecretValue": ["kms:GenerateDataKey", "kms:Decrypt"],
};

/** The functions speak TLS in AWS: what forbids plain HTTP does not apply to them. */
const applies = (
  statement: Statement,
  { action, resource, leadingKeys = [], viaService = "", cluster = "", passedTo = "" }: Ask,
): boolean =>
  !statement.insecureOnly &&
  (statement.leadingKeys === undefined ||
    leadingKeys.every((key) => statement.leadingKeys?.some((pattern) => matches(pattern, key)))) &&
  (statement.viaServices === undefined || statement.viaServices.includes(viaService)) &&
  (statement.cluster === undefined || statement.cluster === cluster) &&
  (statement.passedTo === undefined || statement.passedTo === passedTo) &&
  statement.actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
  statement.resources.some((pattern) => matches(pattern, resource));

/** `*` stands for any characters, `?` for one. */
export function matches(pattern: string, value: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}
