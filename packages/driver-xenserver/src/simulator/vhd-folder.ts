import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readVhdHead } from '@gdcloud/driver-nfs-vhd/vhd';
import type { DiskChanges, DiskFile, DiskFiles } from './disk-files.js';
import { XapiFault } from './fault.js';
import { VhdChanges } from './vhd-changes.js';

interface Known extends DiskFile {
  readonly stamp: string;
}

const FOOTER_BYTES = 512;
const COOKIE = 'conectix';
/** Offsets in a VHD's footer; the hidden byte is an extension of Xen's (reference/vhd-on-nfs.md). */
const CURRENT_SIZE = 48;
const DISK_TYPE = 60;
const HIDDEN = 85;
const DIFFERENCING = 4;
const PARALLEL = 16;
const SUFFIX = '.vhd';

/** A folder of VHD files, as a storage repository looks at it. */
export class VhdFolder implements DiskFiles {
  readonly #path: string;
  readonly #known = new Map<string, Known>();
  readonly changes: DiskChanges;

  /** `now` stamps the files it makes, in milliseconds since 1970. */
  constructor(path: string, now: () => number) {
    this.#path = path;
    this.changes = new VhdChanges(path, now);
  }

  /**
   * Reads all `*.vhd`. One that can't be read fails the whole scan, as with the real storage manager. Files that did
   * not change since the last scan are not read again.
   */
  async scan(): Promise<readonly DiskFile[]> {
    // A folder lists its files in any order; rows come to be in the one that is the same everywhere.
    const names = (await readdir(this.#path)).filter((name) => name.endsWith(SUFFIX)).sort();
    const disks: DiskFile[] = [];
    for (let start = 0; start < names.length; start += PARALLEL) {
      const batch = names.slice(start, start + PARALLEL).map((name) => this.#readDisk(name));
      for (const disk of await Promise.all(batch)) if (disk !== undefined) disks.push(disk);
    }
    return disks;
  }

  async remove(uuid: string): Promise<void> {
    await rm(join(this.#path, `${uuid}${SUFFIX}`), { force: true });
  }

  async #readDisk(name: string): Promise<DiskFile | undefined> {
    const path = join(this.#path, name);
    try {
      const { mtimeMs, ctimeMs, size, blocks } = await stat(path);
      const stamp = `${mtimeMs} ${ctimeMs} ${size}`;
      const before = this.#known.get(path);
      if (before?.stamp === stamp) return before;
      const footer = await readFooter(path, size);
      const disk: Known = {
        stamp,
        uuid: name.slice(0, -SUFFIX.length),
        virtualBytes: Number(footer.readBigUInt64BE(CURRENT_SIZE)),
        physicalBytes: blocks * 512,
        hidden: footer.readUInt8(HIDDEN) !== 0,
        parent:
          footer.readUInt32BE(DISK_TYPE) === DIFFERENCING ? await readParent(path) : undefined,
      };
      this.#known.set(path, disk);
      return disk;
    } catch (error) {
      this.#known.delete(path);
      // Removed between the listing and the reading: as if it had never been listed.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw scanFailed(name);
    }
  }
}

async function readFooter(path: string, size: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    for (const offset of [Math.max(0, size - FOOTER_BYTES), 0]) {
      const footer = Buffer.alloc(FOOTER_BYTES);
      const { bytesRead } = await file.read(footer, 0, FOOTER_BYTES, offset);
      if (bytesRead === FOOTER_BYTES && footer.toString('latin1', 0, 8) === COOKIE) return footer;
    }
  } finally {
    await file.close();
  }
  throw scanFailed(path);
}

/** The disk whose file a differencing one reads from, by the name it was given there. */
async function readParent(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { header } = await readVhdHead({
      sizeBytes: size,
      readAt: async (target, position) =>
        (await file.read(target, 0, target.byteLength, position)).bytesRead,
    });
    const name = header.parent?.fileName;
    return name?.endsWith(SUFFIX) === true ? name.slice(0, -SUFFIX.length) : name;
  } finally {
    await file.close();
  }
}

function scanFailed(name: string): XapiFault {
  return new XapiFault(
    'SR_BACKEND_FAILURE_40',
    '',
    `The SR scan failed  [opterr=uuid=${name}]`,
    '',
  );
}
