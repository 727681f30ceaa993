import { DriverFailure } from '@gdcloud/core';
import type { ApplianceFiles, CommandRunner, RunningCommand } from '@gdcloud/driver-vlan/agent';
import type { SerialLine } from './serial-line.js';

/** Runs an agent's programs in a guest; the agent itself stays here. */
export function guestRunner(line: SerialLine): CommandRunner {
  return {
    run: ({ program, arguments: words, input, inputBytes }, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        let stdout = '';
        let stderr = '';
        const kill = (): void => line.kill(id);
        signal.addEventListener('abort', kill);
        const id = line.start([program, ...words], {
          output: (text) => {
            stdout += text;
          },
          complaint: (text) => {
            stderr += text;
          },
          ended: (exitCode) => {
            signal.removeEventListener('abort', kill);
            if (signal.aborted) reject(signal.reason);
            else if (exitCode === 'missing') reject(missing(program));
            else resolve({ exitCode, stdout, stderr });
          },
        });
        line.write(id, inputBytes ?? input ?? '');
        line.close(id);
      }),
    start: ({ program, arguments: words, input }) => {
      const running = startInGuest(line, [program, ...words]);
      if (input !== undefined) running.write(input);
      return running;
    },
    files: guestFiles(line),
  };
}

/** Starts what goes on by itself in a guest. Nobody here asks for its `pid`, which is 0. */
export function startInGuest(line: SerialLine, words: readonly string[]): RunningCommand {
  const outputs: ((text: string) => void)[] = [];
  const complaints: ((text: string) => void)[] = [];
  const ends: (() => void)[] = [];
  const id = line.start(words, {
    output: (text) => {
      for (const listener of outputs) listener(text);
    },
    complaint: (text) => {
      for (const listener of complaints) listener(text);
    },
    ended: () => {
      for (const listener of ends) listener();
    },
  });
  return {
    pid: 0,
    write: (text) => line.write(id, text),
    onOutput: (listener) => void outputs.push(listener),
    onComplaint: (listener) => void complaints.push(listener),
    onEnd: (listener) => void ends.push(listener),
    stop: () => line.kill(id),
  };
}

function guestFiles(line: SerialLine): ApplianceFiles {
  return {
    read: (path) => line.file('read', path),
    write: async (path, text) => void (await line.file('write', path, text)),
    remove: async (path) => void (await line.file('remove', path)),
    list: async (folder) =>
      ((await line.file('list', folder)) ?? '').split('\0').filter((name) => name !== ''),
  };
}

function missing(program: string): DriverFailure {
  return new DriverFailure('unavailable', 'ProgramMissing', `the guest has no ${program}`, {
    remedy: 'Add it to the tools of scripts/network-kernels.mjs.',
  });
}
