import type { ResourceUuid } from '@gdcloud/core';
import type { ScannedDisk, ShareScan } from './scan-share.js';

/** What the database says of disks: all that are recorded, in whatever state, and which of them a server may have open. */
export type RecordedDisks = ReadonlyMap<ResourceUuid, 'open' | 'closed'>;

/** Who reads from whom, by a scan. */
export class DiskForest {
  readonly scan: ShareScan;
  readonly #recorded: RecordedDisks;
  readonly #shareByUuid = new Map<string, ScannedDisk>();
  readonly #shareByName = new Map<string, ScannedDisk>();
  readonly #readersByUuid = new Map<string, ScannedDisk[]>();
  readonly #readersByName = new Map<string, ScannedDisk[]>();

  constructor(scan: ShareScan, recorded: RecordedDisks) {
    this.scan = scan;
    this.#recorded = recorded;
    for (const disk of scan.disks) {
      if (disk.place === 'share' && disk.uuid !== undefined) {
        this.#shareByUuid.set(disk.uuid, disk);
      }
      if (disk.place === 'share') this.#shareByName.set(disk.name, disk);
      const parent = disk.said?.parent;
      if (parent === undefined) continue;
      append(this.#readersByUuid, parent.uuid, disk);
      append(this.#readersByName, parent.fileName, disk);
    }
  }

  /** The disk with this uuid where hypervisors look. */
  onShare(uuid: string): ScannedDisk | undefined {
    return this.#shareByUuid.get(uuid);
  }

  /**
   * Whether a file is ours by its name and by what it says of itself. A volume that a hypervisor has copied, and the base
   * that it has left us with, say something else: those we know by our own records.
   */
  isOurs({ uuid, said }: ScannedDisk): boolean {
    if (uuid === undefined || said === undefined) return false;
    if (said.uuid === uuid) return true;
    return said.visibility === 'hidden' ? this.scan.retired.has(uuid) : this.#recorded.has(uuid);
  }

  /** Whether nobody wants the disk any more for its own sake. */
  isRetired({ uuid }: ScannedDisk): boolean {
    return uuid !== undefined && this.scan.retired.has(uuid) && !this.#recorded.has(uuid);
  }

  /**
   * Every file that reads from the one of this name, wherever it lies: those that name it by its uuid, unless they mean
   * another that has it inside, and those that name it by its file name, for hypervisors go by that.
   */
  readersOf(uuid: string): readonly ScannedDisk[] {
    const byUuid = (this.#readersByUuid.get(uuid) ?? []).filter(
      (disk) => (this.parentOf(disk)?.uuid ?? uuid) === uuid,
    );
    const byName = this.#readersByName.get(`${uuid}.vhd`) ?? [];
    const others = byName.filter((disk) => disk.said?.parent?.uuid !== uuid);
    return [...byUuid, ...others].filter((disk) => disk.uuid !== uuid || disk.place !== 'share');
  }

  /** The parent of a disk, where that is called and says of itself what the disk says of it. */
  parentOf({ said }: ScannedDisk): ScannedDisk | undefined {
    const parent = said?.parent;
    if (parent === undefined) return undefined;
    const found = this.#shareByName.get(parent.fileName);
    return found?.said?.uuid === parent.uuid ? found : undefined;
  }

  /**
   * Whether a server has the disk open, or one that reads from it, or may have. A stranger's disk may always be open, for
   * nobody says that it is not.
   */
  mayBeOpen(uuid: string): boolean {
    const seen = new Set<string>();
    const open = [uuid];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const disk = this.#shareByUuid.get(next);
      if (disk !== undefined && !this.#isClosed(disk)) return true;
      for (const reader of this.readersOf(next)) {
        if (reader.place !== 'share') continue;
        if (reader.uuid === undefined) return true;
        open.push(reader.uuid);
      }
    }
    return false;
  }

  #isClosed(disk: ScannedDisk): boolean {
    const { uuid } = disk;
    if (uuid === undefined) return false;
    const recorded = this.#recorded.get(uuid);
    return recorded === undefined ? this.scan.retired.has(uuid) : recorded === 'closed';
  }
}

function append(map: Map<string, ScannedDisk[]>, key: string, disk: ScannedDisk): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [disk]);
  else list.push(disk);
}
