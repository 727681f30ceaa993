import type { MemoryDisk } from '@gdcloud/core/testing';
import { MemoryFileSystem } from '@gdcloud/driver-nfs-vhd/testing';
import { readVhdHead } from '@gdcloud/driver-nfs-vhd/vhd';
import type { DiskFile, DiskFiles } from '@gdcloud/driver-xenserver/simulator';

const SUFFIX = '.vhd';

/** A share in memory, as the pool’s storage repository looks at it. */
export class ShareInMemory implements DiskFiles {
  readonly folder = '/share';
  readonly files: MemoryFileSystem;

  constructor(disk: MemoryDisk) {
    disk.makeFolder(this.folder);
    this.files = new MemoryFileSystem(disk);
  }

  /** The disks’ files, by name. */
  get names(): readonly string[] {
    return this.files.disk
      .names(this.folder)
      .filter((name) => name.endsWith(SUFFIX))
      .toSorted();
  }

  scan(): Promise<readonly DiskFile[]> {
    return Promise.all(this.names.map((name) => this.#read(name)));
  }

  async remove(uuid: string): Promise<void> {
    this.files.disk.unlink(`${this.folder}/${uuid}${SUFFIX}`);
  }

  async #read(name: string): Promise<DiskFile> {
    const file = this.files.disk.open(`${this.folder}/${name}`);
    const { sizeBytes, physicalBytes } = file.status();
    try {
      const { footer } = await readVhdHead({
        sizeBytes,
        readAt: async (target, position) => file.readAt(target, position),
      });
      return {
        uuid: name.slice(0, -SUFFIX.length),
        virtualBytes: footer.virtualBytes,
        physicalBytes,
        hidden: footer.visibility === 'hidden',
      };
    } finally {
      file.close();
    }
  }
}
