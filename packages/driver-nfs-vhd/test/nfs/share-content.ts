import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResourceUuid } from '@gdcloud/core';
import { changeFooters, openVhdFile } from '@gdcloud/driver-nfs-vhd/vhd';

/**
 * The hash of what 7-Zip reads of a disk in a share's folder on the server, parents included; `gone` where there is
 * none. 7-Zip refuses what is hidden, so it reads copies that are not.
 */
export async function contentOf(
  share: string,
  disk: ResourceUuid,
  parents: readonly ResourceUuid[],
): Promise<string> {
  if (!existsSync(`${share}/${disk}.vhd`)) return 'gone';
  const copies = mkdtempSync(join(tmpdir(), 'gdcloud-copies-'));
  try {
    for (const uuid of [disk, ...parents]) {
      const copy = `${copies}/${uuid}.vhd`;
      copyFileSync(`${share}/${uuid}.vhd`, copy);
      const file = await openVhdFile(copy, 'write');
      await changeFooters(file, { visibility: 'visible' });
      await file.close();
    }
    const words = ['x', '-so', `${copies}/${disk}.vhd`];
    const content = execFileSync('7zz', words, {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 ** 2,
    });
    return createHash('sha256').update(content).digest('hex');
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
}

/** What is half written on a share, as the server sees it. */
export function leftovers(share: string): readonly string[] {
  const folder = `${share}/.gdcloud/tmp`;
  return existsSync(folder) ? readdirSync(folder) : [];
}
