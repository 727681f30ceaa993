import { createHash } from 'node:crypto';
import type { Accepted, ImageDesired, ImageFormat, StorageDriver } from '@gdcloud/core';
import { call, keyOf } from './fixtures.js';

/** Bytes of a disk with data here and there, the same for the same seed; the rest is zeros. */
export function diskBytes(length: number, seed: number = 1): Buffer {
  const bytes = Buffer.alloc(length);
  for (let position = 0; position < length; position += 5 * 65_536) {
    const block = createHash('sha512').update(`${seed} ${position}`).digest();
    for (let at = position; at < Math.min(position + 70_000, length); at += block.byteLength)
      block.copy(bytes, at);
  }
  return bytes;
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An image that is fetched. */
export function fromUrl(
  url: string,
  more: {
    readonly sha256?: string;
    readonly sizeBytes?: number;
    readonly format?: ImageFormat;
  } = {},
): ImageDesired {
  const { sizeBytes, format = 'auto', ...rest } = more;
  return {
    name: 'imported',
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    source: { kind: 'url', url, format, ...rest },
  };
}

/** Calls create as the kernel does, until it is settled. Throws what it throws. */
export async function createWhole(
  { images }: StorageDriver,
  number: number,
  desired: ImageDesired,
): Promise<Accepted> {
  for (;;) {
    const accepted = await images.create(keyOf(number), desired, call('create'));
    if (accepted.settled) return accepted;
  }
}

/** The bytes of an image as its guests see them. */
export async function guestBytes(
  { content }: StorageDriver,
  number: number,
  format: 'raw' | 'vhd' = 'raw',
): Promise<Buffer> {
  const disk = await content?.read({ kind: 'image', key: keyOf(number) }, format, call());
  if (disk === undefined) throw new Error('the driver hands out no content');
  const chunks: Uint8Array[] = [];
  for await (const chunk of disk.stream(0, disk.sizeBytes, new AbortController().signal))
    chunks.push(chunk);
  await disk.close();
  return Buffer.concat(chunks);
}

/** Whether a disk holds these bytes, and zeros after them. */
export function holds(disk: Buffer, bytes: Buffer): boolean {
  return (
    disk.byteLength >= bytes.byteLength &&
    disk.subarray(0, bytes.byteLength).equals(bytes) &&
    disk.subarray(bytes.byteLength).equals(Buffer.alloc(disk.byteLength - bytes.byteLength))
  );
}
