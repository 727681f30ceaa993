import type { Accepted, DriverCall, ObjectKey } from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { publishFile, unlinkIfThere } from '../files/publish-file.js';
import type { Share } from '../share/share.js';
import { type DiskKind, diskFileName, temporaryName } from '../share/share-paths.js';
import type { NewVhd } from '../vhd/new-vhd.js';
import { nameTaken } from './disk-failures.js';
import { diskExternalId, leftoversOf } from './observe-disk.js';
import { readDisk } from './read-disk.js';

// Images are the bases of clones and never written again; volumes are written by the hypervisor's root only.
const MODES: Readonly<Record<DiskKind, number>> = { image: 0o444, volume: 0o600 };

/**
 * Publishes a new disk under its name. Repeating it is success; a name that another disk has is `NameTaken`. Removes
 * what earlier tries of the same disk left, which also makes a paused earlier process fail instead of publishing.
 */
export async function createDisk(
  share: Share,
  key: ObjectKey,
  disk: { readonly kind: DiskKind; readonly content: NewVhd },
  call: DriverCall,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  for (const leftover of await leftoversOf(share, key.uuid)) {
    await unlinkIfThere(files, `${paths.temporaryFolder}/${leftover}`);
  }
  const attempt = Buffer.from(share.random.bytes(16)).toString('hex');
  const publication = {
    temporary: `${paths.temporaryFolder}/${temporaryName(key.uuid, disk.kind, call.operation, attempt)}`,
    folder: paths.folder,
    name: diskFileName(key.uuid),
    mode: MODES[disk.kind],
    content: disk.content,
  };
  if ((await publishFile(files, publication, checkpoint)) === 'taken') await demandOurs(share, key);
  return { external: diskExternalId(key.uuid), settled: true };
}

async function demandOurs(share: Share, key: ObjectKey): Promise<void> {
  const path = `${share.paths.folder}/${diskFileName(key.uuid)}`;
  const found = await readDisk(share.files, path);
  // Gone again in between: `settled` sends the kernel to observe, which tells.
  if (found !== undefined && found.head.footer.uuid !== key.uuid)
    throw nameTaken(path, found.head.footer.uuid);
}
