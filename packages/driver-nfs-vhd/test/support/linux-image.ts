import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../../scripts/build-linux-image.mjs', import.meta.url));

/** Builds a disk of 64 MiB with busybox on ext4 at `path`. */
export async function buildLinuxImage(path: string): Promise<void> {
  await promisify(execFile)(process.execPath, [SCRIPT, '--out', path]);
}
