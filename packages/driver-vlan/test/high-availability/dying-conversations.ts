import type { CommandRunner } from '@gdcloud/driver-vlan/agent';

/**
 * Programs that are written to, of which the n-th line, of all together, is the last that the agent lives to write: it is
 * killed before it is sent, or once it was, and never hears what came of it.
 */
export function dyingConversations(
  runner: CommandRunner,
  at: number,
  when: 'before' | 'after',
): CommandRunner {
  let written = 0;
  let isDead = false;
  return {
    files: runner.files,
    run: (command, signal) =>
      isDead ? Promise.reject(new Error('the agent was killed')) : runner.run(command, signal),
    start(command) {
      const running = runner.start(command);
      const dead: (() => void)[] = [];
      return {
        ...running,
        write(text) {
          written += 1;
          if (written < at) return running.write(text);
          isDead = true;
          if (when === 'after') running.write(text);
          for (const tell of dead) tell();
        },
        onOutput: (listener) => running.onOutput((text) => void (isDead || listener(text))),
        onComplaint: (listener) => running.onComplaint((text) => void (isDead || listener(text))),
        onEnd: (listener) => void dead.push(listener),
      };
    },
  };
}
