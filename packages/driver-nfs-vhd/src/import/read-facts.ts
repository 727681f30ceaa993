import type { ResourceUuid } from '@gdcloud/core';
import { openIfThere } from '../files/open-if-there.js';
import type { Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { FOOTER_BYTES } from '../vhd/footer.js';
import { SECTOR_BYTES } from '../vhd/sizes.js';
import { type ContentFacts, parseFacts } from './content-facts.js';

/** What an image was imported from; absent for one that was not, or is not in its place. */
export async function readFacts(
  { files, paths }: Share,
  uuid: ResourceUuid,
): Promise<ContentFacts | undefined> {
  const file = await openIfThere(files, `${paths.folder}/${diskFileName(uuid)}`);
  if (file === undefined) return undefined;
  try {
    const { sizeBytes } = await file.status();
    const bytes = Buffer.alloc(SECTOR_BYTES);
    await file.readAt(bytes, Math.max(0, sizeBytes - FOOTER_BYTES - SECTOR_BYTES));
    return parseFacts(bytes);
  } finally {
    await file.close();
  }
}
