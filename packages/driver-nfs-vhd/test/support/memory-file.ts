import type { NewVhd, Readable } from '@gdcloud/driver-nfs-vhd/vhd';

/** A new VHD as one buffer. */
export function bytesOf(vhd: NewVhd): Buffer {
  const bytes = Buffer.alloc(vhd.fileBytes);
  for (const piece of vhd.pieces) bytes.set(piece.bytes, piece.position);
  return bytes;
}

/** A buffer to be read as a file. */
export function readable(bytes: Uint8Array): Readable {
  return {
    sizeBytes: bytes.byteLength,
    async readAt(target, position) {
      const part = bytes.subarray(position, position + target.byteLength);
      target.set(part);
      return part.byteLength;
    },
  };
}
