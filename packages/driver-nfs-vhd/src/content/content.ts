import type { ContentFormat, DiskContent, ResourceUuid, StorageContent } from '@gdcloud/core';
import { fileFailure } from '../files/file-failure.js';
import { guarded } from '../files/guarded.js';
import { type ImageImports, mostContent } from '../import/import-image.js';
import { demandShare, type Share } from '../share/share.js';
import { rawStream } from '../vhd/raw-stream.js';
import { FlatVhd } from './flat-vhd.js';
import { openDiskChain } from './open-disk.js';
import { receiveContent, receivedContent } from './receive-content.js';

/** Disks of the share, taken out and brought by clients. */
export function contentOf(share: Share, imports: ImageImports): StorageContent {
  const { folder } = share.paths;
  return {
    read: ({ key }, format, { signal }) =>
      guarded(signal, 'read', folder, async () => {
        await demandShare(share, 'recorded');
        const content = await openContent(share, key.uuid, format, signal);
        // Whoever waited is gone: nobody else would close it.
        if (signal.aborted) await content.close();
        return content;
      }),
    received: (key, { signal }) =>
      guarded(signal, 'read', folder, async () => {
        await demandShare(share, 'unrecorded');
        return receivedContent(share, key);
      }),
    // Not given up in the middle: what came is made durable before it ends.
    async receive(key, part, chunks, { signal }) {
      try {
        return await receiveContent(share, key, part, chunks, {
          signal,
          mostBytes: mostContent(imports),
        });
      } catch (thrown) {
        throw fileFailure(thrown, 'change', folder);
      }
    },
  };
}

async function openContent(
  share: Share,
  uuid: ResourceUuid,
  format: ContentFormat,
  signal: AbortSignal,
): Promise<DiskContent> {
  const disk = await openDiskChain(share, uuid, signal);
  const { chain, modifiedMs, fileBytes } = disk;
  const close = (): Promise<void> => disk.close();
  const version = `${modifiedMs.toString(36)}-${fileBytes.toString(36)}`;
  try {
    if (format === 'raw') {
      return {
        sizeBytes: chain.virtualBytes,
        version,
        stream: (start, end, stop) => rawStream(chain, { start, end, signal: stop }),
        close,
      };
    }
    const { createdMs } = chain.leaf.footer;
    const description = {
      uuid,
      virtualBytes: chain.virtualBytes,
      createdMs,
      visibility: 'visible',
    } as const;
    const vhd = new FlatVhd(chain, description);
    return {
      sizeBytes: vhd.sizeBytes,
      version,
      stream: (start, end, stop) => vhd.stream(start, end, stop),
      close,
    };
  } catch (thrown) {
    await disk.close();
    throw thrown;
  }
}
