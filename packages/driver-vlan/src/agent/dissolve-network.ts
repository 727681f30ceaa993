import type { CommandLine, CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import { processesIn } from '../commands/processes-in.js';
import { observeNamespace } from '../links/link-state.js';
import { insideUnlinkSteps, outsideUnlinkSteps } from '../links/unlink-steps.js';
import type { NamespaceName } from '../plan/plan-names.js';
import { type AgentParts, RUN_FOLDER } from './agent-parts.js';
import { devicesOutside } from './bring-links.js';
import { takeSteps } from './take-steps.js';

/** Takes a network away: closed first, its namespace last. Nothing there is success. */
export async function dissolveNetwork(
  parts: AgentParts,
  namespace: NamespaceName,
  signal: AbortSignal,
): Promise<void> {
  const { runner, ports, firewalls, meters } = parts;
  firewalls.forget(namespace);
  const state = await observeNamespace(runner, namespace, signal);
  // Without links nothing passes, whatever comes after.
  await takeSteps(runner, insideUnlinkSteps(namespace, state), signal);
  const unlinkOutside = async (): Promise<void> => {
    const outside = await devicesOutside(runner, signal);
    await takeSteps(runner, outsideUnlinkSteps(namespace, outside, ports), signal);
  };
  // Where somebody has deleted the namespace, ends of its links go by themselves a moment later, maybe after they were looked at.
  await unlinkOutside().catch(() => {
    signal.throwIfAborted();
    return unlinkOutside();
  });
  await dissolveServices(parts, namespace, signal);
  await meters.forget(namespace);
  if (state.namespace === 'absent') return;
  await killStrangers(runner, namespace, signal);
  const command: CommandLine = { program: 'ip', arguments: ['netns', 'delete', namespace] };
  demandDone('ip netns delete', await runner.run(command, signal));
}

/** Stops a network's services, and removes their files. */
export async function dissolveServices(
  { runner, services }: AgentParts,
  namespace: NamespaceName,
  signal: AbortSignal,
): Promise<void> {
  for (const service of services) await service.dissolve(namespace, signal);
  await runner.files.remove(`${RUN_FOLDER}/${namespace}`);
}

/**
 * Stops the services of a network whose namespace isn't there, as somebody has taken it away: they still run, and would
 * be taken for those of the next. To be done before that is made.
 */
export async function dissolveForerunners(
  parts: AgentParts,
  namespace: NamespaceName,
  signal: AbortSignal,
): Promise<void> {
  const left = await parts.runner.files.list(`${RUN_FOLDER}/${namespace}`);
  if (left.length > 0) await dissolveServices(parts, namespace, signal);
}

// A namespace stays, and its devices with it, as long as a process is in it (reference/vlan.md 2.2).
async function killStrangers(
  runner: CommandRunner,
  namespace: NamespaceName,
  signal: AbortSignal,
): Promise<void> {
  const found = await processesIn(runner, namespace, signal);
  if (found.length === 0) return;
  await runner.run({ program: 'kill', arguments: ['-KILL', ...found] }, signal);
}
