import { DriverFailure } from '@gdcloud/core';
import type { CommandResult } from './command-runner.js';

/** As much of a program's complaint as a message repeats. */
const COMPLAINT_LENGTH = 500;

/**
 * What a program printed, if it has ended well. Throws `ambiguous`, as a program that fails may have done a part of its
 * work; what to do is told by the next look. `what` names the work in words of ours: a complaint repeats only what
 * we have sent, in which there is neither text of users nor a secret.
 */
export function demandDone(what: string, { exitCode, stdout, stderr }: CommandResult): string {
  if (exitCode === 0) return stdout;
  const complaint = stderr.slice(0, COMPLAINT_LENGTH).trim();
  throw new DriverFailure('ambiguous', 'ProgramFailed', `${what}: ${complaint}`, {
    remedy: 'None is needed if it passes: it is looked at again. Else see what the program says.',
  });
}
