import { systemClock, systemRandom } from '@gdcloud/core';
import { MemoryDisk } from '@gdcloud/core/testing';
import type { FileSystem } from '@gdcloud/driver-nfs-vhd';
import {
  type ScrubbedShare,
  type ScrubFinding,
  type ScrubReport,
  type ScrubRequest,
  scrubStep,
  sharePaths,
} from '@gdcloud/driver-nfs-vhd/checksums';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import {
  newDifferencingVhd,
  newDynamicVhd,
  openVhdForWriting,
  type VhdDescription,
  writeNewVhd,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { MIB, uuid } from './fixtures.js';
import { MemoryVhdFile } from './memory-vhd-file.js';

/** A range of a disk, filled with one letter. */
export interface Filled {
  readonly at: number;
  readonly length: number;
  readonly with: string;
}

function description(n: number, visibility: VhdDescription['visibility']): VhdDescription {
  return { uuid: uuid(n), virtualBytes: 8 * MIB, createdMs: Date.UTC(2026, 0, 1), visibility };
}

/** Bytes of disk number `n`, a child of `parent` where there is one. */
export async function diskBytes(
  n: number,
  contents: readonly Filled[],
  options: { readonly parent?: number; readonly visibility?: VhdDescription['visibility'] } = {},
): Promise<Buffer> {
  const file = new MemoryVhdFile();
  const { parent, visibility = 'hidden' } = options;
  const said = description(n, visibility);
  await writeNewVhd(
    file,
    parent === undefined
      ? newDynamicVhd(said)
      : newDifferencingVhd(said, {
          uuid: uuid(parent),
          fileName: `${uuid(parent)}.vhd`,
          modifiedMs: 0,
        }),
  );
  const writer = await openVhdForWriting(file);
  for (const part of contents) await writer.write(Buffer.alloc(part.length, part.with), part.at);
  await writer.flush();
  return file.bytes();
}

/** Shares on one disk in memory. */
export class ScrubWorld {
  readonly disk: MemoryDisk = new MemoryDisk({ clock: systemClock });
  readonly files: FileSystem = new MemoryFileSystem(this.disk);

  constructor(...folders: readonly string[]) {
    for (const folder of folders) {
      this.disk.makeFolder(folder);
      this.disk.makeFolder(`${folder}/.gdcloud`);
    }
    for (const folder of ['/', ...folders]) this.disk.syncFolder(folder);
  }

  share(folder: string, files: FileSystem = this.files): ScrubbedShare {
    return { paths: sharePaths(folder), files, clock: systemClock, random: systemRandom };
  }

  /** Puts a file there, durably, in the place of what was there. */
  put(path: string, bytes: Uint8Array): void {
    if (this.disk.status(path) !== undefined) this.disk.unlink(path);
    const file = this.disk.make(path, 0o444);
    file.writeAt(bytes, 0);
    file.sync();
    file.close();
    this.disk.syncFolder(path.slice(0, path.lastIndexOf('/')));
  }

  bytes(path: string): Buffer {
    const file = this.disk.open(path);
    const bytes = Buffer.alloc(file.status().sizeBytes);
    file.readAt(bytes, 0);
    file.close();
    return bytes;
  }

  /** Turns one bit of a file around, in place, as a failing medium does. */
  flip(path: string, position: number, bit: number): void {
    const file = this.disk.open(path, 'write');
    const byte = Buffer.alloc(1);
    file.readAt(byte, position);
    byte.writeUInt8(byte.readUInt8(0) ^ (1 << bit));
    file.writeAt(byte, position);
    file.sync();
    file.close();
  }
}

/** Whole rounds, step by step. */
export async function scrub(
  share: ScrubbedShare,
  request: Partial<ScrubRequest> = {},
): Promise<{ readonly findings: readonly ScrubFinding[]; readonly steps: readonly ScrubReport[] }> {
  const steps: ScrubReport[] = [];
  let cursor: string | undefined;
  do {
    const { signal } = new AbortController();
    const step = await scrubStep(share, { damage: 'tell', signal, ...request, cursor });
    steps.push(step);
    cursor = step.cursor;
  } while (cursor !== undefined);
  return { findings: steps.flatMap(({ findings }) => findings), steps };
}

/** The side file that a scrub makes for the image whose bytes these are, {@link uuid}(1). */
export async function sumsOf(image: Buffer): Promise<Buffer> {
  const made = new ScrubWorld('/srv', '/srv/share');
  made.put(`/srv/share/${uuid(1)}.vhd`, image);
  await scrub(made.share('/srv/share'));
  return made.bytes(`/srv/share/.gdcloud/sum/${uuid(1)}`);
}
