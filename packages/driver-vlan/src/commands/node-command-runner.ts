import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { DriverFailure } from '@gdcloud/core';
import type {
  CommandLine,
  CommandResult,
  CommandRunner,
  ProgramName,
  RunningCommand,
} from './command-runner.js';
import { nodeApplianceFiles } from './node-appliance-files.js';
import type { ProgramPaths } from './program-paths.js';

/** A listing of 50,000 connections is about 10 MB; more than this is no answer any more. */
const LARGEST_OUTPUT = 64 * 1024 * 1024;
const LARGEST_COMPLAINT = 64 * 1024;

/** Nothing of ours: no locale, no proxy, no secret. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** Runs programs on this machine, without a shell. */
export function nodeCommandRunner(paths: ProgramPaths): CommandRunner {
  return {
    run: (command, signal) => run(paths, command, signal),
    start: (command) => start(paths, command),
    files: nodeApplianceFiles,
  };
}

/** The path of a program. Throws `unavailable`, naming what to install, where it is not there. */
export function demandProgram(paths: ProgramPaths, program: ProgramName): string {
  const path = paths.get(program);
  if (path !== undefined) return path;
  throw new DriverFailure('unavailable', 'ProgramMissing', `${program} is not installed`, {
    remedy: `Install ${program} where the appliance runs; work resumes after a restart.`,
  });
}

async function run(
  paths: ProgramPaths,
  command: CommandLine,
  signal: AbortSignal,
): Promise<CommandResult> {
  signal.throwIfAborted();
  const child = spawned(paths, command);
  return new Promise((resolve, reject) => {
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill);
    const stdout: string[] = [];
    let length = 0;
    let stderr = '';
    child.stdout.on('data', (text: string) => {
      stdout.push(text);
      length += text.length;
      if (length > LARGEST_OUTPUT) kill();
    });
    child.stderr.on('data', (text: string) => {
      if (stderr.length < LARGEST_COMPLAINT) stderr += text.slice(0, LARGEST_COMPLAINT);
    });
    child.on('error', reject);
    child.on('close', (exitCode) => {
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason);
      else resolve({ exitCode, stdout: stdout.join(''), stderr });
    });
    child.stdin.end(command.inputBytes ?? command.input ?? '');
  });
}

function start(paths: ProgramPaths, command: CommandLine): RunningCommand {
  const child = spawned(paths, command);
  if (command.input !== undefined) child.stdin.write(command.input);
  return {
    pid: child.pid ?? 0,
    write: (what) => void child.stdin.write(what),
    onOutput: (listener) => void child.stdout.on('data', listener),
    onComplaint: (listener) => void child.stderr.on('data', listener),
    onEnd: (listener) => void child.once('close', listener),
    stop: () => void child.kill('SIGKILL'),
  };
}

function spawned(paths: ProgramPaths, command: CommandLine): ChildProcessWithoutNullStreams {
  const child = spawn(demandProgram(paths, command.program), command.arguments, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: ENVIRONMENT,
    shell: false,
  });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  // It may have ended before it has read everything; how it ended says enough.
  child.stdin.on('error', () => {});
  return child;
}
