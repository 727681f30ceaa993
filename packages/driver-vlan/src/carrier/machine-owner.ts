import { link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverFailure } from '@gdcloud/core';

/**
 * Makes sure that the networks of this machine are those of one cloud: another's would be found to have no record, and be
 * swept away. `owner` is where its records are; the first one leaves that in `runFolder`, which goes with the machine's
 * power. Throws `unavailable` where another was there before, and may be called again.
 */
export async function claimMachine(owner: string, runFolder: string): Promise<void> {
  const path = join(runFolder, 'owner');
  await mkdir(runFolder, { recursive: true, mode: 0o700 });
  const aside = await mkdtemp(join(runFolder, '.owner-'));
  const own = join(aside, 'owner');
  try {
    await writeFile(own, `${owner}\n`, { mode: 0o600 });
    // Whole, and only where nothing is.
    await link(own, path);
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
    const other = (await readFile(path, 'utf8')).trimEnd();
    if (other !== owner) throw taken(other, owner, path);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

function taken(other: string, owner: string, path: string): DriverFailure {
  return new DriverFailure(
    'unavailable',
    'MachineTaken',
    `the networks of this machine are those of the cloud whose records are in ${other}, not in ${owner}`,
    {
      remedy: `Have each cloud use a machine of its own. Where that one is no more, or has moved, take ${path} away.`,
    },
  );
}
