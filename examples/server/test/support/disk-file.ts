import { join } from 'node:path';
import {
  openChain,
  openVhdFile,
  openVhdForWriting,
  parentsInFolder,
} from '@gdcloud/driver-nfs-vhd/vhd';

/** How much of a disk these tests write and read, at its very beginning. */
const BYTES = 4096;
/** It is written over and over, filled up with spaces. */
const WORD = 16;

/** The file of a disk on a server's share, as a hypervisor reads and writes it, past everything of ours. */
export interface DiskFile {
  write(text: string): Promise<void>;
  read(): Promise<string>;
  /** In bytes, as guests see it. */
  size(): Promise<number>;
}

/** The disk with this uuid on the share of a home. */
export function diskFile(home: string, uuid: string): DiskFile {
  const folder = join(home, 'share');
  const path = join(folder, `${uuid}.vhd`);
  return {
    async write(text) {
      const file = await openVhdFile(path, 'write');
      try {
        const writer = await openVhdForWriting(file);
        await writer.write(Buffer.alloc(BYTES, text.padEnd(WORD)), 0);
        await writer.flush();
      } finally {
        await file.close();
      }
    },
    async read() {
      const file = await openVhdFile(path, 'read');
      try {
        const chain = await openChain(file, { resolve: parentsInFolder(folder) });
        const bytes = Buffer.alloc(BYTES);
        await chain.read(bytes, 0);
        await chain.close();
        return bytes.toString('latin1', 0, WORD).trimEnd();
      } finally {
        await file.close();
      }
    },
    async size() {
      const file = await openVhdFile(path, 'read');
      try {
        const chain = await openChain(file, { resolve: parentsInFolder(folder) });
        await chain.close();
        return chain.virtualBytes;
      } finally {
        await file.close();
      }
    },
  };
}
