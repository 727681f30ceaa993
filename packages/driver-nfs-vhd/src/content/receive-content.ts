import { createHash } from 'node:crypto';
import {
  type ContentPart,
  DriverFailure,
  type ObjectKey,
  type ReceivedContent,
  type ReceivingVolume,
} from '@gdcloud/core';
import { recordedBefore } from '../disks/observe-disk.js';
import { beginContent, discardContent, storedContent } from '../import/content-store.js';
import { mostContent } from '../import/import-image.js';
import { PartWriter } from '../import/part-writer.js';
import { checksumMismatch, contentTooLarge } from '../import/remote-failures.js';
import { prepareShare, type Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';

const ORIGIN = 'upload';

/** How far the content of an image or a volume has come. */
export async function receivedContent(share: Share, { uuid }: ObjectKey): Promise<ReceivedContent> {
  const stored = await storedContent(share, uuid);
  if (stored === undefined) return { receivedBytes: 0 };
  const { totalBytes, id } = stored.record;
  const { receivedBytes } = stored;
  return totalBytes === undefined ? { receivedBytes } : { receivedBytes, totalBytes, id };
}

/** Takes a part of the content of an image or a volume, as StorageContent.receive says. */
export async function receiveContent(
  share: Share,
  key: ObjectKey,
  part: ContentPart,
  chunks: AsyncIterable<Uint8Array>,
  { signal, mostBytes }: { readonly signal: AbortSignal; readonly mostBytes: number },
): Promise<ReceivedContent> {
  const checkpoint = (): void => signal.throwIfAborted();
  await prepareShare(share, recordedBefore(key), checkpoint);
  const { content, totalBytes, sha256 } = await placeFor(share, key, part, mostBytes, checkpoint);
  const writer = new PartWriter(share, key.uuid, content, part.from);
  // Of content that comes in one piece a wrong checksum can be told to who brings it.
  const hash = part.from === 0 && sha256 !== undefined ? createHash('sha256') : undefined;
  try {
    for await (const chunk of chunks) {
      checkpoint();
      if (writer.position + chunk.byteLength > totalBytes)
        throw contentTooLarge(
          `the content is longer than the ${totalBytes} bytes it was said to have`,
        );
      await writer.write(chunk);
      hash?.update(chunk);
    }
    if (hash !== undefined && writer.position === totalBytes) {
      const found = hash.digest('hex');
      if (found !== sha256) {
        await writer.abandon();
        await discardContent(share, key.uuid, 'all');
        throw checksumMismatch(sha256 ?? '', found);
      }
    }
    await writer.publish();
  } catch (thrown) {
    // What came is kept: it need not be sent again.
    if (!(thrown instanceof DriverFailure)) await writer.publish().catch(() => undefined);
    await writer.abandon();
    throw thrown;
  }
  return { receivedBytes: writer.durableBytes, totalBytes, id: content };
}

interface Place {
  readonly content: string;
  readonly totalBytes: number;
  readonly sha256: string | undefined;
}

async function placeFor(
  share: Share,
  key: ObjectKey,
  { from, totalBytes, sha256, volume }: ContentPart,
  mostForImages: number,
  checkpoint: () => void,
): Promise<Place> {
  const stored = await storedContent(share, key.uuid);
  const isWhole = stored !== undefined && stored.receivedBytes === stored.record.totalBytes;
  // All of a volume's content may be there before it is asked for: then that is asked for once more, or other content begun.
  if (volume === undefined && (isWhole || (await isThere(share, key)))) throw contentComplete();
  if (from === 0) {
    if (totalBytes === undefined) throw lengthMissing();
    const mostBytes = volume === undefined ? mostForImages : mostFor(volume);
    if (totalBytes > mostBytes)
      throw contentTooLarge(`the content has ${totalBytes} bytes, and ${mostBytes} may be brought`);
    const facts = {
      origin: ORIGIN,
      totalBytes,
      sha256,
      ...(volume === undefined ? {} : { format: volume.format }),
    };
    const { id } = await beginContent(share, key.uuid, facts, checkpoint);
    return { content: id, totalBytes, sha256 };
  }
  const total = stored?.record.totalBytes;
  if (stored === undefined || total === undefined || stored.receivedBytes !== from)
    throw offsetDiffers(stored?.receivedBytes ?? 0);
  if (totalBytes !== undefined && totalBytes !== total) throw offsetDiffers(stored.receivedBytes);
  return { content: stored.record.id, totalBytes: total, sha256: stored.record.sha256 };
}

async function isThere({ files, paths }: Share, { uuid }: ObjectKey): Promise<boolean> {
  return (await files.status(`${paths.folder}/${diskFileName(uuid)}`)) !== undefined;
}

function mostFor({ sizeBytes, format }: ReceivingVolume): number {
  return format === 'raw' ? sizeBytes : mostContent({ mostBytes: sizeBytes });
}

function contentComplete(): DriverFailure {
  return new DriverFailure('rejected', 'ContentComplete', 'all of its content is there already', {
    remedy: 'Make another image for other content.',
  });
}

function lengthMissing(): DriverFailure {
  return new DriverFailure('rejected', 'LengthMissing', 'how long the content is was not said', {
    remedy: 'Send Content-Length, or Upload-Length with the first part.',
  });
}

function offsetDiffers(receivedBytes: number): DriverFailure {
  return new DriverFailure(
    'rejected',
    'OffsetDiffers',
    `the content goes on at byte ${receivedBytes}`,
    { remedy: 'Ask by HEAD how far it is, and send the rest.' },
  );
}
