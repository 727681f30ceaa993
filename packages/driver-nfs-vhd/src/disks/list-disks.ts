import { DriverFailure, type OwnedPage, type ResourceUuid } from '@gdcloud/core';
import type { Checkpoint } from '../files/guarded.js';
import { namesIfThere } from '../files/names-if-there.js';
import { basesIn } from '../share/records/read-records.js';
import { demandShare, type Share } from '../share/share.js';
import {
  type DiskKind,
  diskFileName,
  parseTemporaryName,
  uuidOfFileName,
} from '../share/share-paths.js';
import { attemptsOn } from '../steps/sweep-attempts.js';
import { inLanes } from '../vhd/in-lanes.js';
import { kindOfDisk } from './kind-of-disk.js';
import { diskExternalId } from './observe-disk.js';
import { readDisk } from './read-disk.js';

/** Disks looked at for one page: each takes a read on the share. */
export const PAGE_DISKS = 100;
/** Looks under way at a time: enough to keep a server busy that is some way off. */
const LANES = 16;

/**
 * A page of the disks of one kind on the share, by uuid, half-written ones included; the cursor is the last uuid
 * looked at. Those in quarantine are listed too, and a disk that can't be read for both kinds. One that carries another
 * disk's uuid inside is not ours: XenServer makes such files itself. A page may be empty and still have a cursor.
 */
export async function listDisks(
  share: Share,
  kind: DiskKind,
  cursor: string | undefined,
  checkpoint: Checkpoint,
): Promise<OwnedPage> {
  const verdict = await demandShare(share, 'unrecorded');
  if (verdict.kind === 'firstUse') return { objects: [] };
  const candidates = await allDisks(share, kind);
  const rest = [...candidates].filter((uuid) => cursor === undefined || uuid > cursor).sort();
  const page = rest.slice(0, PAGE_DISKS);
  const bases = kind === 'image' ? await basesOn(share) : new Set<ResourceUuid>();
  const found = new Set<ResourceUuid>();
  await inLanes(page, { lanes: LANES }, async (uuid) => {
    checkpoint();
    if (await isOfKind(share, uuid, kind, bases)) found.add(uuid);
  });
  const ofKind = page.filter((uuid) => found.has(uuid));
  const objects = ofKind.map((uuid) => ({ external: diskExternalId(uuid), uuid, epoch: 1 }));
  return rest.length > page.length ? { objects, cursor: page.at(-1) } : { objects };
}

async function allDisks(share: Share, kind: DiskKind): Promise<ReadonlySet<ResourceUuid>> {
  const { files, paths } = share;
  const uuids = new Set<ResourceUuid>();
  for (const name of await files.names(paths.folder)) {
    const uuid = uuidOfFileName(name);
    if (uuid !== undefined) uuids.add(uuid);
  }
  for (const name of await namesIfThere(files, paths.quarantineFolder)) {
    const uuid = uuidOfFileName(name);
    if (uuid !== undefined) uuids.add(uuid);
  }
  for (const name of await namesIfThere(files, paths.temporaryFolder)) {
    const temporary = parseTemporaryName(name);
    if (temporary?.kind === kind) uuids.add(temporary.uuid);
  }
  if (kind !== 'volume') return uuids;
  // Of those that went, something may be left.
  for (const uuid of await basesIn(share, paths.volumeFolder)) uuids.add(uuid);
  for (const { volume } of await attemptsOn(share, () => true)) uuids.add(volume);
  return uuids;
}

async function basesOn(share: Share): Promise<ReadonlySet<ResourceUuid>> {
  const { snapshotFolder, retiredFolder } = share.paths;
  const attempts = await attemptsOn(share, () => true);
  return new Set([
    ...attempts.map(({ subject }) => subject),
    ...(await basesIn(share, snapshotFolder)),
    ...(await basesIn(share, retiredFolder)),
  ]);
}

async function isOfKind(
  share: Share,
  uuid: ResourceUuid,
  kind: DiskKind,
  bases: ReadonlySet<ResourceUuid>,
): Promise<boolean> {
  try {
    const { files, paths } = share;
    const name = diskFileName(uuid);
    for (const folder of [paths.folder, paths.quarantineFolder]) {
      const disk = await readDisk(files, `${folder}/${name}`);
      if (disk === undefined) continue;
      if (disk.head.footer.uuid !== uuid) return false;
      return (await kindOfDisk(files, `${folder}/${name}`, disk, bases)) === kind;
    }
    // No file: it is listed for its half-written one, whose name says the kind, or it went in between.
    return true;
  } catch (thrown) {
    if (thrown instanceof DriverFailure) return true;
    throw thrown;
  }
}
