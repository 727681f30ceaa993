import type { DiskSource } from '../vhd/disk-source.js';

/** A disk in pieces of one size, each of which is somewhere or nowhere. */
export interface Clusters {
  readonly virtualBytes: number;
  readonly clusterBytes: number;
  /** How many clusters one table is about: they are held, or not, together, as far as that is known without I/O. */
  readonly perTable: number;
  /** Whether any cluster of a table may hold anything; no I/O. */
  mayHold(table: number): boolean;
  /** Fills `target` with bytes of a cluster, from `offset` in it on. */
  read(cluster: number, target: Uint8Array, offset: number): Promise<void>;
}

/** Reads a disk cluster by cluster. What is behind its last one is zeros. */
export function clusterSource(disk: Clusters): DiskSource {
  const { clusterBytes, perTable, virtualBytes } = disk;
  const tableBytes = clusterBytes * perTable;
  return {
    virtualBytes,
    mayHold(start, end) {
      const last = Math.ceil(Math.min(end, virtualBytes) / tableBytes);
      for (let table = Math.floor(start / tableBytes); table < last; table += 1) {
        if (disk.mayHold(table)) return true;
      }
      return false;
    },
    async read(target, position) {
      for (let done = 0; done < target.byteLength; ) {
        const at = position + done;
        const cluster = Math.floor(at / clusterBytes);
        const offset = at - cluster * clusterBytes;
        const length = Math.min(target.byteLength - done, clusterBytes - offset);
        const part = target.subarray(done, done + length);
        const isHeld = at < virtualBytes && disk.mayHold(Math.floor(cluster / perTable));
        if (isHeld) await disk.read(cluster, part, offset);
        else part.fill(0);
        done += length;
      }
    },
  };
}
