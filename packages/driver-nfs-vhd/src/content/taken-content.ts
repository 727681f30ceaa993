import { leftoversOf } from '../disks/observe-disk.js';
import { unlinkIfThere } from '../files/publish-file.js';
import { recordName } from '../import/content-names.js';
import { storedContent } from '../import/content-store.js';
import type { VolumeRecord } from '../share/records/volume-record.js';
import type { Share } from '../share/share.js';

/** Whether something is left of the content that a volume was given last, or that was refused. */
export async function isContentLeft(
  share: Share,
  record: VolumeRecord | undefined,
): Promise<boolean> {
  if (record?.contents === undefined) return false;
  const stored = await storedContent(share, record.volume);
  return stored?.record.id === record.contents.upload;
}

/** Removes what is left of it, durably. Content that was begun since stays. */
export async function removeTaken(share: Share, record: VolumeRecord | undefined): Promise<void> {
  if (record === undefined) return;
  const { files, paths } = share;
  // Listed before the look: of content that is begun later there is nothing among these.
  const names = await leftoversOf(share, record.volume, 'image');
  if (!(await isContentLeft(share, record))) return;
  const own = recordName(record.volume);
  for (const name of names) {
    if (name !== own) await unlinkIfThere(files, `${paths.temporaryFolder}/${name}`);
  }
  // Its own record last, so that no loss of power leaves parts that nothing tells of.
  await files.syncFolder(paths.temporaryFolder);
  if (await isContentLeft(share, record))
    await unlinkIfThere(files, `${paths.temporaryFolder}/${own}`);
  await files.syncFolder(paths.temporaryFolder);
}
