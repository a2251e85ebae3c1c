/** Somebody who calls AWS with a role of the template: the proxy decides by its policies, as it does for functions. */
import { randomBytes } from "node:crypto";
import type { Bench } from "./bench.ts";
import { secretKey } from "./presigned.ts";

/** What a client of AWS is told, to call as that role. */
export interface Person {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
}

/** Takes the role whose logical id begins so. */
export function asRole({ template, proxy }: Bench, id: string): Person {
  const [found, ...others] = template.all("AWS::IAM::Role").filter((role) => role.id.startsWith(id));
  if (found === undefined || others.length > 0)
    throw new Error(`${others.length + (found ? 1 : 0)} roles are called ${id}.`);
  const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
  proxy.know(accessKeyId, { name: id, role: template.ref(found.id), session: "test", kill: () => {} });
  const credentials = { accessKeyId, secretAccessKey: secretKey, sessionToken: "bench" };
  return { region: template.place.region, endpoint: proxy.url, credentials };
}
