import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../dist/simulator/cli.js');

/** Runs the simulator's command line in a process of its own. */
export function runSimulator(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Has a process of its own serve a pool until the test is over, and returns its URL. */
export async function serveSimulator(t: Test, ...args: readonly string[]): Promise<string> {
  const child = runSimulator('simulate', ...args);
  t.teardown(() => child.kill('SIGKILL'));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (chunk) => resolve(String(chunk)));
    child.once('close', () => reject(new Error('ended before it was ready')));
  });
  const [, url = ''] = /^xapi ready (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line) ?? [];
  return url;
}
