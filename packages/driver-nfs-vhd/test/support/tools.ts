import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a tool and returns its output. */
export async function tool(program: string, ...words: readonly string[]): Promise<Buffer> {
  const { stdout } = await run(program, words, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Why a test with `program` is skipped; false when it is not. On CI a missing tool is no reason. */
export async function skipWithout(program: string): Promise<string | false> {
  try {
    await run('which', [program]);
    return false;
  } catch {
    if (process.env['CI'] === 'true') return false;
    return `${program} is not installed`;
  }
}

/** Why a test with a file system of its own is skipped; false when it is not. */
export function skipWithoutMount(): string | false {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
      stdio: 'ignore',
    });
    return false;
  } catch {
    return 'this user may not mount a tmpfs';
  }
}
