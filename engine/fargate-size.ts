/** Machines as tasks of Fargate have them. A file of its own: few projects have such tasks, and the dispatcher's start does without. */
import { type MachineName, machines } from "./machines.ts";

/** Fargate has at least so many GB for each processor. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html */
const leastGbOfOne = 2;

/** Processors, and gigabytes. */
export function fargateSize(name: MachineName): { readonly vcpu: number; readonly gb: number } {
  const { cpu, memory } = machines[name];
  return { vcpu: cpu, gb: Math.max(cpu * leastGbOfOne, memory) };
}
