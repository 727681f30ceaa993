import { parseUuid, type ResourceUuid } from '@gdcloud/core';
import type { FileSystem, OpenFile } from '../files/file-system.js';
import type { Checkpoint } from '../files/guarded.js';
import { namesIfThere } from '../files/names-if-there.js';
import { openIfThere } from '../files/open-if-there.js';
import { insteadOfFile } from '../files/plain-file.js';
import { basesIn } from '../share/records/read-records.js';
import type { Share } from '../share/share.js';
import { uuidOfFileName } from '../share/share-paths.js';
import { FOOTER_BYTES } from '../vhd/footer.js';
import { HEADER_BYTES, type ParentReference } from '../vhd/header.js';
import { inLanes } from '../vhd/in-lanes.js';
import { describeVhd } from '../vhd/open-vhd.js';
import { readVhdHead } from '../vhd/read-head.js';
import { VhdError } from '../vhd/vhd-error.js';

/** Where a file lies: `share` is where hypervisors look. */
export type DiskPlace = 'share' | 'quarantine' | 'trash' | 'tmp';

/** A VHD as a scan found it. */
export interface ScannedDisk {
  readonly place: DiskPlace;
  readonly name: string;
  /** What its name says, where that is a uuid. */
  readonly uuid: ResourceUuid | undefined;
  /** What the file says of itself; absent where it can't be read. */
  readonly said: SaidByDisk | undefined;
}

/** What a VHD's first bytes say. */
export interface SaidByDisk {
  readonly uuid: string;
  readonly visibility: 'visible' | 'hidden';
  readonly virtualBytes: number;
  readonly parent: ParentReference | undefined;
}

/** All of a share at about one moment. What is made meanwhile may be missing; what goes may be there. */
export interface ShareScan {
  /** When it began; milliseconds since the epoch. */
  readonly beganAt: number;
  readonly disks: readonly ScannedDisk[];
  /** What is not wanted any more, by its records. */
  readonly retired: ReadonlySet<ResourceUuid>;
  /** Names of files that are being written, or were. */
  readonly temporaries: readonly string[];
  /** Names of certificates. */
  readonly evidence: readonly string[];
}

/** Enough to keep a server busy that is some way off. */
const LANES = 32;
const HEAD_BYTES = FOOTER_BYTES + HEADER_BYTES;

/** Looks at every file of a share: one small read each, many at a time. Fails when a folder can't be read. */
export async function scanShare(share: Share, checkpoint: Checkpoint): Promise<ShareScan> {
  const { clock, files, paths } = share;
  const beganAt = clock.now();
  // Records first: what is retired by now and unread in what is read after it was unread when it was retired.
  const retired = await basesIn(share, paths.retiredFolder);
  const evidence = await namesIfThere(files, paths.evidenceFolder);
  const temporaries = await namesIfThere(files, paths.temporaryFolder);
  const disks: ScannedDisk[] = [];
  const look = async (
    place: DiskPlace,
    folder: string,
    names: readonly string[],
  ): Promise<void> => {
    await inLanes(names, { lanes: LANES }, async (name) => {
      checkpoint();
      const said = await readSaid(files, `${folder}/${name}`);
      // What nobody has published says nothing before it is whole.
      if (said === 'gone' || (said === undefined && place === 'tmp')) return;
      disks.push({ place, name, uuid: uuidOfName(place, name), said });
    });
  };
  const listed = (await files.names(paths.folder)).filter(isDiskName);
  await look('tmp', paths.temporaryFolder, temporaries);
  await look('share', paths.folder, listed);
  await look(
    'quarantine',
    paths.quarantineFolder,
    await namesIfThere(files, paths.quarantineFolder),
  );
  await look('trash', paths.trashFolder, await namesIfThere(files, paths.trashFolder));
  // Once more, for what came out of quarantine between the looks at the two folders.
  const known = new Set(listed);
  const late = (await files.names(paths.folder)).filter(
    (name) => isDiskName(name) && !known.has(name),
  );
  await look('share', paths.folder, late);
  // What was seen is what a loss of power leaves: nothing is concluded from a name that may be taken back.
  await files.syncFolder(paths.folder);
  return { beganAt, disks, retired, temporaries, evidence };
}

function isDiskName(name: string): boolean {
  // `.nfs…` are files that are open somewhere and have lost their name: the client's own business.
  return name.endsWith('.vhd') && !name.startsWith('.');
}

function uuidOfName(place: DiskPlace, name: string): ResourceUuid | undefined {
  if (place === 'share' || place === 'quarantine') return uuidOfFileName(name);
  return parseUuid(name.split('.')[0] ?? '');
}

/** What is unreadable is undefined, for it may be anything: a child of any file. */
async function readSaid(files: FileSystem, path: string): Promise<SaidByDisk | 'gone' | undefined> {
  let file: OpenFile | undefined;
  try {
    file = await openIfThere(files, path);
  } catch (thrown) {
    // Nothing that a disk of ours is, and nothing that says what it reads from.
    if (insteadOfFile(thrown) !== undefined) return undefined;
    throw thrown;
  }
  if (file === undefined) return 'gone';
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const length = await file.readAt(head, 0);
    const known = await saidByHead(head.subarray(0, length));
    if (known !== undefined) return known;
    const { sizeBytes } = await file.status();
    const readable = {
      sizeBytes,
      readAt: (target: Uint8Array, position: number) => file.readAt(target, position),
    };
    // Fixed disks, and those whose first footer is damaged, tell it at their end.
    const { footer, virtualBytes, parent } = await describeVhd(readable);
    return { uuid: footer.uuid, visibility: footer.visibility, virtualBytes, parent };
  } catch (thrown) {
    if (thrown instanceof VhdError) return undefined;
    throw thrown;
  } finally {
    await file.close();
  }
}

async function saidByHead(bytes: Uint8Array): Promise<SaidByDisk | undefined> {
  const readable = {
    sizeBytes: bytes.byteLength,
    async readAt(target: Uint8Array, position: number): Promise<number> {
      const part = bytes.subarray(position, position + target.byteLength);
      target.set(part);
      return part.byteLength;
    },
  };
  try {
    const { footer, header } = await readVhdHead(readable);
    const { uuid, visibility, virtualBytes } = footer;
    return { uuid, visibility, virtualBytes, parent: header.parent };
  } catch (thrown) {
    if (thrown instanceof VhdError) return undefined;
    throw thrown;
  }
}
