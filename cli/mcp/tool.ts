/**
 * A tool that an assistant may call: its name, what it takes, and how its answer becomes text.
 *
 * Never: gives an answer that would fill an assistant's whole memory.
 */
import type * as z from "zod";
import type { Cli, ServerOptions } from "../command.ts";
import { told } from "../failure.ts";

/** What the tools work with: the command line, and which server. */
export interface Surroundings {
  readonly cli: Cli;
  readonly options: ServerOptions;
}

/** What a tool takes: fields by their names. */
export type Shape = Readonly<Record<string, z.ZodType>>;

/** A tool of any form. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Shape;
  /** Changes something: only with `--write`. */
  readonly writes?: true;
  /** What it changes cannot be taken back. */
  readonly destroys?: true;
  run(args: never, around: Surroundings): Promise<unknown>;
}

/** A tool whose arguments have the types of its form. */
export function tool<S extends Shape>(
  made: Omit<Tool, "input" | "run"> & {
    readonly input: S;
    run(args: z.infer<z.ZodObject<S>>, around: Surroundings): Promise<unknown>;
  },
): Tool {
  return made as Tool;
}

/** A tool's answer as MCP has it. */
export interface Answer {
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly isError?: true;
  readonly [more: string]: unknown;
}

/** Longer answers are cut: about 20,000 tokens. */
const charsMost = 80_000;

const textOf = (value: unknown): string => JSON.stringify(value, undefined, 1) ?? "null";

function cut(text: string): string {
  if (text.length <= charsMost) return text;
  const left = text.length - charsMost;
  return `${text.slice(0, charsMost)}\n… cut here: ${left} more characters. Ask for less: limit, after, run.`;
}

/** Calls a tool; what goes wrong is an answer with its code and its fix. */
export async function answered(run: () => Promise<unknown>): Promise<Answer> {
  try {
    return { content: [{ type: "text", text: cut(textOf(await run())) }] };
  } catch (error) {
    const { code, what, fix } = told(error);
    return { content: [{ type: "text", text: textOf({ error: what, code, fix }) }], isError: true };
  }
}
