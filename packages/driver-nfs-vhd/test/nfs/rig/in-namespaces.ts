import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TOOLS = ['ganesha.nfsd', 'rpcbind', 'mount.nfs', 'qemu-system-x86_64', 'ip', '7zz'];
const PREPARE = join(import.meta.dirname, '../../../../../scripts/test-kernel.mjs');

process.env['PATH'] = `${process.env['PATH']}:/usr/sbin:/sbin`;

/** Why there can be no NFS server here; false where there can. On CI nothing but missing rights is a reason. */
function reason(): string | false {
  if (process.getuid?.() !== 0) return 'an NFS server that opens files by handle needs root';
  try {
    execFileSync('unshare', ['--net', '--mount', '--pid', '--fork', 'true'], { stdio: 'ignore' });
  } catch {
    return 'this root may not make namespaces';
  }
  const missing = TOOLS.filter((tool) => !isThere(tool));
  if (missing.length > 0 && process.env['CI'] !== 'true') return `${missing.join(', ')} missing`;
  try {
    preparedKernel();
  } catch (thrown) {
    if (process.env['CI'] === 'true') throw thrown;
    return 'a kernel for the client can not be had';
  }
  return false;
}

function preparedKernel(): string {
  return execFileSync(process.execPath, [PREPARE], { encoding: 'utf8' });
}

function isThere(tool: string): boolean {
  try {
    execFileSync('which', [tool], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs the tests of a script in namespaces of their own: NFSv3 needs the well-known ports, and all of it ends with the
 * first process. Says why where that can't be done here.
 */
export async function runOnRealMounts(script: string): Promise<void> {
  const why = reason();
  if (why === false) {
    process.exitCode = inNamespaces(script);
  } else {
    // Not before: where the tests run, their output is this process's.
    const { test } = await import('tap');
    test('a real NFS server and a real client', { skip: why }, async () => undefined);
  }
}

function inNamespaces(script: string): number {
  const kernel = preparedKernel();
  const folder = mkdtempSync(join(tmpdir(), 'gdcloud-nfs-'));
  try {
    const sandbox = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const tests = [script, folder, kernel];
    const { status } = spawnSync('unshare', [...sandbox, process.execPath, ...tests], {
      stdio: 'inherit',
      env: { ...process.env, TAP_TIMEOUT: '420' },
      timeout: 440_000,
      killSignal: 'SIGKILL',
    });
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
