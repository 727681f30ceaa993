import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

const endings = new Map<string, (() => Promise<void>)[]>();

/**
 * A folder of the test's own. When the test is over, first whatever was started in it is ended, then it is removed: a
 * process that still writes there would keep it from being cleared away.
 */
export function ownFolder(t: Pick<Test, 'teardown'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gdcloud-test-'));
  const ends: (() => Promise<void>)[] = [];
  endings.set(folder, ends);
  t.teardown(async () => {
    for (const end of ends.toReversed()) await end();
    endings.delete(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return folder;
}

/** Has `end` called before the folder that holds `path` is removed. */
export function endBefore(path: string, end: () => Promise<void>): void {
  for (const [folder, ends] of endings) if (path.startsWith(folder)) ends.push(end);
}
