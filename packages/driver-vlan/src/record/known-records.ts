import type { ObjectKey } from '@gdcloud/core';
import { type Kept, pathOf, type RecordFolder, readRecord } from './record-folder.js';
import { parseFolderNames } from './record-names.js';

type Recorded = Extract<Kept, { readonly kind: 'record' }>;

/**
 * Records that were read, so that one which is asked for again and again is not: a record has as many lines as its network
 * has elements. A version of a record is written once and never changed, and which version counts is looked up each time.
 */
export class KnownRecords {
  readonly #known = new Map<string, Recorded>();

  /** As {@link readRecord}. */
  async read(kept: RecordFolder, key: ObjectKey): Promise<Kept> {
    const path = pathOf(kept, key);
    const known = this.#known.get(path);
    if (known !== undefined && known.version !== 'earlier') {
      const { life, version } = parseFolderNames((await kept.files.names(path)) ?? []);
      if (life === known.version.life && version === known.version.version) return known;
    }
    const found = await readRecord(kept, key);
    if (found.kind === 'record') this.#known.set(path, found);
    else this.#known.delete(path);
    return found;
  }
}
