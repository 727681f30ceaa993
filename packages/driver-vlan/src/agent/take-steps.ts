import type { CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import type { Step } from '../links/link-steps.js';

/** Does steps one after another. Throws a DriverFailure that names the first that fails. */
export async function takeSteps(
  runner: CommandRunner,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<void> {
  for (const { name, command } of steps) {
    demandDone(name, await runner.run(command, signal));
  }
}
