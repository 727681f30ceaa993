import type { DiskSource } from '../vhd/disk-source.js';

/** A disk in pieces of one size, each of which is somewhere or nowhere. */
export interface Clusters {
  readonly virtualBytes: number;
  readonly clusterBytes: number;
  /** Whether a cluster may hold anything, as far as that is known without I/O. */
  mayHold(cluster: number): boolean;
  /** Fills `target` with bytes of a cluster, from `offset` in it on. */
  read(cluster: number, target: Uint8Array, offset: number): Promise<void>;
}

/** Reads a disk cluster by cluster. What is behind its last one is zeros. */
export function clusterSource(disk: Clusters): DiskSource {
  const { clusterBytes, virtualBytes } = disk;
  return {
    virtualBytes,
    mayHold(start, end) {
      const last = Math.ceil(end / clusterBytes);
      for (let cluster = Math.floor(start / clusterBytes); cluster < last; cluster += 1) {
        if (disk.mayHold(cluster)) return true;
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
        if (at < virtualBytes && disk.mayHold(cluster)) await disk.read(cluster, part, offset);
        else part.fill(0);
        done += length;
      }
    },
  };
}
