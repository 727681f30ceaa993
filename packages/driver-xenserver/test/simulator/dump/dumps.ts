import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Databases of real pools; not part of the repository, so tests that need them are skipped where they are not. */
const DATA =
  process.env['GDCLOUD_POOL_DUMPS'] ??
  join(dirname(fileURLToPath(import.meta.url)), '../../../../../../shared/data');

/** One dump: the release whose XAPI wrote it, and its text; undefined where it is not at hand. */
export interface DumpFile {
  readonly release: string;
  readonly text: string | undefined;
}

/** The dumps of real pools. */
export const DUMPS: readonly DumpFile[] = ['boston', 'tampa'].map((release) => {
  const path = join(DATA, `pool-dump-${release}.xml`);
  return { release, text: existsSync(path) ? readFileSync(path, 'utf8') : undefined };
});
