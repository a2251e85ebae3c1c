/**
 * The chains of a module, each taken apart once.
 *
 * Owns:      the memo of chains by node and the options that the module's text gives them.
 */
import { type CallExpression, type Node, unwrap } from "./ast.ts";
import { type Chain, endsInCall, isChainPart, planChain } from "./chain.ts";
import { isIdempotencyKey } from "./keys.ts";
import type { Work } from "./work.ts";

/** The chain that ends at a node; undefined if the node is no chain. `target` = its last member is assigned to. */
export function chainOf(work: Work, node: Node, target = false): Chain | undefined {
  if (!isChainPart(node)) return undefined;
  const known = work.chains.get(node);
  if (known !== undefined) return known;
  const chain = planChain(node, work.scopes, {
    target,
    inline: work.inlineOperands.has(node),
    isReplaced: (call: CallExpression) => isIdempotencyKey(work, call),
  });
  work.chains.set(node, chain);
  for (const group of chain.groups) {
    for (let index = group.head; index <= group.last; index++) {
      const link = chain.links[index];
      if (link !== undefined) work.groupOf.set(link.node, group);
    }
  }
  return chain;
}

/** The chain of an operand whose value is that of a wrapped call, through parentheses and types. */
export function wrappedCall(work: Work, node: Node): Chain | undefined {
  const chain = chainOf(work, unwrap(node));
  return chain !== undefined && endsInCall(chain) ? chain : undefined;
}
