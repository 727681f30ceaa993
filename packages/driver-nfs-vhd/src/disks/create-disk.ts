import type { Accepted, DriverCall, ObjectKey } from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { publishFile, publishName, unlinkIfThere } from '../files/publish-file.js';
import { demandShare, type Share } from '../share/share.js';
import { type DiskKind, diskFileName, temporaryName } from '../share/share-paths.js';
import type { NewVhd } from '../vhd/new-vhd.js';
import { nameTaken, overtaken } from './disk-failures.js';
import { diskExternalId, leftoversOf, recordedBefore } from './observe-disk.js';
import { readDisk } from './read-disk.js';

// Images are the bases of clones and never written again; volumes are written by the hypervisor's root only. Config
// drives hold secrets and are never written again.
const MODES: Readonly<Record<DiskKind, number>> = {
  image: 0o444,
  volume: 0o600,
  configdrive: 0o400,
};

/**
 * Publishes a new disk under its name. Repeating it is success; a name that another disk has is `NameTaken`. Removes
 * what earlier tries of the same disk left, which also makes a paused earlier process fail instead of publishing.
 */
export async function createDisk(
  share: Share,
  key: ObjectKey,
  disk: {
    readonly kind: DiskKind;
    readonly content: NewVhd;
    readonly demand?: (() => Promise<void>) | undefined;
  },
  call: DriverCall,
  checkpoint: Checkpoint,
): Promise<Accepted> {
  const { files, paths } = share;
  await finishLeftovers(share, key, disk.kind);
  const attempt = Buffer.from(share.random.bytes(16)).toString('hex');
  const publication = {
    temporary: `${paths.temporaryFolder}/${temporaryName(key.uuid, disk.kind, call.operation, attempt)}`,
    folder: paths.folder,
    name: diskFileName(key.uuid),
    mode: MODES[disk.kind],
    content: disk.content,
    demand: disk.demand,
  };
  return published(share, key, await publishFile(files, publication, checkpoint));
}

/** Publishes a disk whose file was made before, as {@link createDisk} does: whole and durable, under a name used once. */
export async function publishMade(
  share: Share,
  key: ObjectKey,
  temporary: string,
): Promise<Accepted> {
  const { files, paths } = share;
  const name = diskFileName(key.uuid);
  return published(share, key, await publishName(files, { temporary, folder: paths.folder, name }));
}

async function published(
  share: Share,
  key: ObjectKey,
  outcome: 'published' | 'taken' | 'overtaken',
): Promise<Accepted> {
  if (outcome === 'overtaken') throw overtaken(`${share.paths.folder}/${diskFileName(key.uuid)}`);
  if (outcome === 'taken') await demandOurs(share, key);
  // Or it was written under a mount point whose share has just gone.
  await demandShare(share, 'recorded');
  return { external: diskExternalId(key.uuid), settled: true };
}

/** Finishes the publication of a disk whose writer has died: its name becomes durable, and the only one. */
export async function finishDisk(
  share: Share,
  key: ObjectKey,
  checkpoint: Checkpoint,
  kind: DiskKind | 'any' = 'any',
): Promise<Accepted> {
  await demandShare(share, recordedBefore(key));
  checkpoint();
  await finishLeftovers(share, key, kind);
  return { external: diskExternalId(key.uuid), settled: true };
}

/** Makes the names of a disk durable that an earlier try gave it, and removes what else is left of that. */
export async function finishLeftovers(
  share: Share,
  { uuid }: ObjectKey,
  kind: DiskKind | 'any' = 'any',
): Promise<void> {
  const { files, paths } = share;
  const leftovers = await leftoversOf(share, uuid, kind);
  // One of them may be all that tells of a name that is not durable.
  if (leftovers.length > 0) await files.syncFolder(paths.folder);
  for (const leftover of leftovers)
    await unlinkIfThere(files, `${paths.temporaryFolder}/${leftover}`);
  // Nothing tells of them once the disk is there.
  if (leftovers.length > 0) await files.syncFolder(paths.temporaryFolder);
}

async function demandOurs(share: Share, key: ObjectKey): Promise<void> {
  const path = `${share.paths.folder}/${diskFileName(key.uuid)}`;
  const found = await readDisk(share.files, path);
  // Gone again in between: `settled` sends the kernel to observe, which tells.
  if (found !== undefined && found.head.footer.uuid !== key.uuid)
    throw nameTaken(path, found.head.footer.uuid);
}
