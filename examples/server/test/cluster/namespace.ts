import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Set in the process that runs inside. */
const INSIDE = 'GDCLOUD_FAULTS_INSIDE';

const TOOLS = ['/usr/bin/unshare', '/usr/sbin/nft', '/usr/bin/setpriv', '/usr/bin/mount'];

/** What keeps links from being cut and the database's disk from being filled; undefined where both can be done. */
export function whyNoNamespace(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may make namespaces';
  const missing = TOOLS.filter((tool) => !existsSync(tool));
  if (missing.length > 0) return `${missing.join(', ')} missing`;
  const { status } = spawnSync('unshare', ['--net', '--mount', '--pid', '--fork', 'true']);
  return status === 0 ? undefined : 'this machine refuses private namespaces';
}

/** Whether this process has loopback, mounts and process ids of its own. */
export function insideNamespace(): boolean {
  return process.env[INSIDE] === 'yes';
}

/**
 * Runs a program again in a network, mount and process namespace of its own and returns its exit code. Whatever it
 * started ends with it, however it ends.
 */
export function runInside(program: string, parameters: readonly string[]): Promise<number> {
  const script = 'ip link set lo up && "$@"; exit $?';
  // Mounts end with the namespace, so what was written can only be removed from outside of it.
  const folder = mkdtempSync(join(tmpdir(), 'gdcloud-faults-'));
  chmodSync(folder, 0o755);
  const child = spawn(
    'unshare',
    [
      ...['--net', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'],
      ...['--propagation', 'private', '--', 'sh', '-c', script, 'sh'],
      ...[process.execPath, program, ...parameters],
    ],
    { stdio: 'inherit', env: { ...process.env, [INSIDE]: 'yes', TMPDIR: folder } },
  );
  const end = (): void => {
    child.kill('SIGKILL');
    clear(folder);
  };
  process.once('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(130));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('exit', end);
      clear(folder);
      resolve(code ?? 1);
    });
  });
}

// Processes that were just killed may still be writing.
function clear(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
