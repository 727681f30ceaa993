import { createHash, type Hash } from 'node:crypto';
import type { ResourceUuid } from '@gdcloud/core';
import type { Share } from '../share/share.js';
import { beginContent, removeDrafts, type StoredContent, storedContent } from './content-store.js';
import type { JobTurn } from './import-job.js';
import { PartWriter } from './part-writer.js';
import { BrokenOff, type OpenRemote, type RemoteContent } from './remote.js';
import { contentTooLarge, sourceUnreachable } from './remote-failures.js';

/** What to fetch. */
export interface Download {
  readonly uuid: ResourceUuid;
  readonly url: string;
  readonly mostBytes: number;
}

/** Content that is there as a whole. */
export interface WholeContent {
  readonly stored: StoredContent;
  /** Known where this process has seen every byte come. */
  readonly sha256: string | undefined;
}

/** A connection that brings less than this before it breaks is none to go on with at once. */
const WORTHWHILE_BYTES = 64 * 1024;

/**
 * Fetches content into parts on the share, from where an earlier try ended, and over as many connections as it takes as
 * long as each brings something. Where the server has other content by now, or can't go on, it begins anew.
 */
export async function download(
  share: Share,
  { uuid, url, mostBytes }: Download,
  openRemote: OpenRemote,
  turn: JobTurn,
): Promise<WholeContent> {
  const origin = createHash('sha256').update(url).digest('hex');
  let known = await storedContent(share, uuid);
  // Without a name for the content nobody can tell whether the rest would be of the same.
  if (known !== undefined && (known.record.origin !== origin || !canGoOn(known))) known = undefined;
  await removeDrafts(share, uuid, known?.record.id);
  let hash: Hash | undefined = known === undefined ? createHash('sha256') : undefined;
  let writer =
    known === undefined
      ? undefined
      : new PartWriter(share, uuid, known.record.id, known.receivedBytes);
  let record = known?.record;
  try {
    for (;;) {
      await turn.pass();
      if (isWhole(writer, record?.totalBytes)) break;
      const from = record?.validator === undefined ? 0 : (writer?.position ?? 0);
      let came = 0;
      try {
        const { validator } = record ?? {};
        const content = await openRemote({ url, from, validator, signal: turn.signal });
        demandSize(content, mostBytes);
        if (writer?.position !== content.from || differs(record, content)) {
          await writer?.abandon();
          hash = createHash('sha256');
          const { totalBytes } = content;
          const facts = { origin, validator: content.validator, totalBytes };
          record = await beginContent(share, uuid, facts, () => undefined);
          writer = new PartWriter(share, uuid, record.id, 0);
          if (content.from !== 0) continue;
        }
        for await (const chunk of content.chunks) {
          await turn.pass();
          if (writer.position + chunk.byteLength > (record?.totalBytes ?? mostBytes))
            throw contentTooLarge('the server sends more than it said, or than may be');
          await writer.write(chunk);
          hash?.update(chunk);
          came += chunk.byteLength;
          turn.tell(...progressOf(writer.position, record?.totalBytes));
        }
        if (record?.totalBytes === undefined) break;
        if (!isWhole(writer, record.totalBytes)) throw new BrokenOff('it ended too early');
      } catch (thrown) {
        if (!(thrown instanceof BrokenOff)) throw thrown;
        turn.signal.throwIfAborted();
        if (isWhole(writer, record?.totalBytes)) continue;
        if (record?.validator === undefined) throw sourceUnreachable(url, thrown);
        if (came >= WORTHWHILE_BYTES) continue;
        await writer?.publish();
        throw sourceUnreachable(url, thrown);
      }
    }
    await writer?.publish();
  } catch (thrown) {
    await writer?.abandon();
    throw thrown;
  }
  const stored = await storedContent(share, uuid);
  if (stored === undefined || stored.receivedBytes !== writer?.durableBytes)
    throw sourceUnreachable(url, new BrokenOff('what was fetched has gone from the share'));
  return { stored, sha256: hash?.digest('hex') };
}

function canGoOn({ record, receivedBytes }: StoredContent): boolean {
  if (record.totalBytes === undefined) return false;
  return record.validator !== undefined || receivedBytes === record.totalBytes;
}

function isWhole(writer: PartWriter | undefined, totalBytes: number | undefined): boolean {
  return writer !== undefined && totalBytes !== undefined && writer.position >= totalBytes;
}

function differs(
  record: { readonly totalBytes?: number | undefined } | undefined,
  content: RemoteContent,
): boolean {
  return record?.totalBytes !== content.totalBytes;
}

function demandSize({ totalBytes }: RemoteContent, mostBytes: number): void {
  if (totalBytes !== undefined && totalBytes > mostBytes)
    throw contentTooLarge(`the content has ${totalBytes} bytes, and ${mostBytes} may be fetched`);
}

function progressOf(position: number, totalBytes: number | undefined): [number, string] {
  const fetched = `${Math.floor(position / 2 ** 20)} MiB are fetched`;
  return totalBytes === undefined
    ? [0, fetched]
    : [
        Math.floor((position / Math.max(1, totalBytes)) * 70),
        `${fetched} of ${Math.ceil(totalBytes / 2 ** 20)}`,
      ];
}
