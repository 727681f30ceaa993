import type { ImageFormat } from '@gdcloud/core';
import { openChain } from '../vhd/chain.js';
import type { DiskSource } from '../vhd/disk-source.js';
import type { Readable } from '../vhd/reader.js';
import { wholeSectors } from '../vhd/sizes.js';
import { VhdError } from '../vhd/vhd-error.js';
import { detectFormat, type KnownFormat } from './detect-format.js';
import { openQcow2 } from './qcow2/open-qcow2.js';
import { contentDamaged, contentInvalid } from './remote-failures.js';
import { openVmdk } from './vmdk/open-vmdk.js';

/**
 * Opens content as the disk that it holds. All of it is read by us: no other program is run, and nothing that content
 * says of other files (parents, backing files, extents) is ever looked for. Throws `invalid` for what is no such disk.
 */
export async function openContent(file: Readable, format: ImageFormat): Promise<DiskSource> {
  if (file.sizeBytes === 0) throw contentInvalid('ContentEmpty', 'the content is empty');
  const known = format === 'auto' ? await detectFormat(file) : format;
  try {
    return await OPENERS[known](file);
  } catch (thrown) {
    if (thrown instanceof VhdError) throw unreadable(thrown);
    throw thrown;
  }
}

const OPENERS: Readonly<Record<KnownFormat, (file: Readable) => Promise<DiskSource>>> = {
  raw: (file) => Promise.resolve(rawSource(file)),
  vhd: (file) => openChain(file),
  qcow2: openQcow2,
  vmdk: openVmdk,
};

/** Bytes as they are; the last sector is filled up with zeros. */
function rawSource(file: Readable): DiskSource {
  const virtualBytes = wholeSectors(file.sizeBytes);
  return {
    virtualBytes,
    mayHold: () => true,
    async read(target, position) {
      for (let filled = 0; filled < target.byteLength; ) {
        const read = await file.readAt(target.subarray(filled), position + filled);
        if (read === 0) {
          target.fill(0, filled);
          return;
        }
        filled += read;
      }
    },
  };
}

function unreadable(thrown: VhdError): Error {
  return thrown.code === 'ParentMissing'
    ? contentInvalid('ContentIncomplete', 'the VHD needs a parent, and no image may', thrown)
    : contentDamaged(thrown);
}
