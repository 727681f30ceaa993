import type { NamespaceName } from '../plan/plan-names.js';
import type { CommandRunner } from './command-runner.js';

/** The processes in a namespace, by number; none where it isn't there. Goes through all of the machine's. */
export async function processesIn(
  runner: CommandRunner,
  namespace: NamespaceName,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const words = ['netns', 'pids', namespace];
  const { stdout } = await runner.run({ program: 'ip', arguments: words }, signal);
  return stdout.split('\n').filter(Boolean);
}
