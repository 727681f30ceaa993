import type { CommandRunner } from '@gdcloud/driver-vlan/agent';

type Command = Parameters<CommandRunner['run']>[0];

/**
 * Programs that are killed with the agent at the n-th start of those that count: before it does anything, or once it is
 * done.
 */
export function dyingRunner(
  runner: CommandRunner,
  at: number,
  when: 'before' | 'after',
  counts: (command: Command) => boolean = () => true,
): CommandRunner {
  let started = 0;
  let isDead = false;
  const died = new Error('the agent was killed');
  return {
    files: runner.files,
    start: (command) => runner.start(command),
    async run(command, its) {
      if (isDead) throw died;
      if (!counts(command)) return runner.run(command, its);
      started += 1;
      if (started < at) return runner.run(command, its);
      isDead = true;
      if (when === 'after') await runner.run(command, its);
      throw died;
    },
  };
}
