import type { CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import { detachSteps } from '../links/detach-links.js';
import { type NamespaceState, observeNamespace } from '../links/link-state.js';
import { linkSteps, type Step } from '../links/link-steps.js';
import { rateLimitSteps } from '../links/rate-limit.js';
import type { NetworkProgram } from '../program/network-program.js';
import type { AgentParts } from './agent-parts.js';

/**
 * Brings links, addresses, routes and rate limits to a program, by steps that `take` does. Devices of an attempt that was broken off are
 * seldom in the way, and to list all of a machine takes long: they are looked for only where a step fails.
 */
export async function bringLinks(
  { runner, ports }: AgentParts,
  program: NetworkProgram,
  before: NamespaceState,
  take: (steps: readonly Step[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const detached = detachSteps(program, before, ports);
  await take(detached);
  const state =
    detached.length === 0 ? before : await observeNamespace(runner, program.namespace, signal);
  try {
    await take(linkSteps(program, state, new Set(), ports));
  } catch {
    signal.throwIfAborted();
    const now = await observeNamespace(runner, program.namespace, signal);
    await take(linkSteps(program, now, await devicesOutside(runner, signal), ports));
  }
  await take(rateLimitSteps(program, state.queues));
}

/** The names of the devices out of all namespaces. */
export async function devicesOutside(
  runner: CommandRunner,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const listed = await runner.run({ program: 'ip', arguments: ['-o', 'link', 'show'] }, signal);
  const text = demandDone('ip link show', listed);
  return new Set([...text.matchAll(/^\d+: ([^:@]+)/gm)].map(([, name = '']) => name));
}
