import { readFile } from 'node:fs/promises';
import { DriverFailure } from '@gdcloud/core';
import type { ApplianceFiles, CommandLine, CommandRunner } from './command-runner.js';
import { demandDone } from './demand-done.js';
import { nodeApplianceFiles } from './node-appliance-files.js';
import { demandProgram, nodeCommandRunner } from './node-command-runner.js';
import type { ProgramPaths } from './program-paths.js';

/** Namespaces of their own for networks, processes and mounts: nothing in them reaches the machine's. */
export interface Sandbox {
  readonly runner: CommandRunner;
  /** Ends all that is in it. It ends with this process, too. */
  readonly close: () => void;
}

/** How a sandbox is made. */
export interface SandboxOptions {
  readonly paths: ProgramPaths;
  /** `root` needs the rights of root; `user` makes a namespace of users as well, in which this user is root. */
  readonly as: 'root' | 'user';
}

/** How often its first process is sought, which is there a moment after it was asked for. */
const LOOKS = 500;

/**
 * Starts a sandbox: a `cat` is its first process and reads from this one. When this process dies, however it dies, `cat`
 * ends, and with it the namespaces with everything in them. Throws `unavailable` where the system does not let us.
 */
export async function startSandbox(
  { paths, as }: SandboxOptions,
  signal: AbortSignal,
): Promise<Sandbox> {
  const outer = nodeCommandRunner(paths);
  const user = as === 'user' ? ['--user', '--map-root-user'] : [];
  const holder = outer.start({
    program: 'unshare',
    arguments: [
      ...user,
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      // The first process is left with what daemons of others leave behind. Who ignores their end need not bury them.
      demandProgram(paths, 'env'),
      '--ignore-signal=CHLD',
      demandProgram(paths, 'cat'),
    ],
  });
  const state = { ended: false, complaint: '' };
  holder.onEnd(() => {
    state.ended = true;
  });
  holder.onComplaint((text) => {
    state.complaint += text;
  });
  try {
    const echoed = new Promise<void>((resolve) => holder.onOutput(() => resolve()));
    const ended = new Promise<void>((resolve) => holder.onEnd(resolve));
    holder.write('\n');
    // `cat` answers once it runs, so its process is there to be entered.
    await Promise.race([echoed, ended]);
    if (state.ended) throw notAllowed(state.complaint);
    const pid = await firstChild(holder.pid);
    const runner = enteredRunner(paths, outer, pid, as);
    for (const command of SET_UP) demandDone('sandbox', await runner.run(command, signal));
    return { runner, close: () => holder.stop() };
  } catch (thrown) {
    holder.stop();
    throw thrown;
  }
}

const SET_UP: readonly CommandLine[] = [
  { program: 'mount', arguments: ['-t', 'tmpfs', 'gdcloud', '/run'] },
  { program: 'mkdir', arguments: ['/run/netns', '/run/wireguard'] },
  { program: 'ip', arguments: ['link', 'set', 'dev', 'lo', 'up'] },
];

/** Runs programs in the namespaces of a process. */
function enteredRunner(
  paths: ProgramPaths,
  outer: CommandRunner,
  pid: number,
  as: SandboxOptions['as'],
): CommandRunner {
  const user = as === 'user' ? ['--user', '--preserve-credentials'] : [];
  const enter = ({ program, arguments: words, ...inputs }: CommandLine): CommandLine => ({
    program: 'nsenter',
    arguments: [
      `--target=${pid}`,
      ...user,
      '--net',
      '--mount',
      '--pid',
      '--',
      demandProgram(paths, program),
      ...words,
    ],
    ...inputs,
  });
  return {
    run: (command, signal) => outer.run(enter(command), signal),
    start: (command) => outer.start(enter(command)),
    files: filesUnder(`/proc/${pid}/root`),
  };
}

function filesUnder(root: string): ApplianceFiles {
  return {
    read: (path) => nodeApplianceFiles.read(root + path),
    write: (path, text) => nodeApplianceFiles.write(root + path, text),
    remove: (path) => nodeApplianceFiles.remove(root + path),
    list: (folder) => nodeApplianceFiles.list(root + folder),
  };
}

async function firstChild(pid: number): Promise<number> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const [child] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ');
    if (child !== undefined && child !== '') return Number(child);
  }
  throw notAllowed('its first process is not there');
}

function notAllowed(complaint: string): DriverFailure {
  return new DriverFailure(
    'unavailable',
    'SandboxRefused',
    `no sandbox for networks: ${complaint.slice(0, 300).trim()}`,
    { remedy: 'Let users make namespaces (kernel.unprivileged_userns_clone), or use mode record.' },
  );
}
