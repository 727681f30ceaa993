import type { ResourceUuid } from '@gdcloud/core';
import { leftoversOf } from '../disks/observe-disk.js';
import type { Checkpoint } from '../files/guarded.js';
import { publishFile, unlinkIfThere } from '../files/publish-file.js';
import { readText } from '../files/read-text.js';
import type { Share } from '../share/share.js';
import { draftName, isDraft, partName, partPosition, recordName } from './content-names.js';
import { type ContentRecord, encodeRecord, parseRecord, RECORD_BYTES } from './content-record.js';

/** A part of content that is durable and never written again. */
export interface Part {
  readonly path: string;
  readonly start: number;
  /** Excluded. */
  readonly end: number;
}

/** What of an image's content lies on the share. */
export interface StoredContent {
  readonly record: ContentRecord;
  /** In order, without a gap, from 0 on. */
  readonly parts: readonly Part[];
  readonly receivedBytes: number;
}

/** What there is of an image's content, durably; absent where nothing was begun. */
export async function storedContent(
  share: Share,
  uuid: ResourceUuid,
): Promise<StoredContent | undefined> {
  const record = await readRecord(share, uuid);
  if (record === undefined) return undefined;
  const { files, paths } = share;
  const positions = (await leftoversOf(share, uuid))
    .map((name) => partPosition(uuid, record.id, name))
    .filter((position) => position !== undefined)
    .sort((left, right) => left - right);
  const parts: Part[] = [];
  let receivedBytes = 0;
  let isDurable = true;
  for (const start of positions) {
    if (start !== receivedBytes) break;
    const path = `${paths.temporaryFolder}/${partName(uuid, record.id, start)}`;
    const status = await files.status(path);
    if (status?.kind !== 'file') break;
    receivedBytes = start + status.sizeBytes;
    // As long as it has the name that it was written under, this one may not be durable.
    isDurable &&= status.names === 1;
    parts.push({ path, start, end: receivedBytes });
  }
  // Whoever is told that it is there may have it nowhere else from then on.
  if (!isDurable) await files.syncFolder(paths.temporaryFolder);
  return { record, parts, receivedBytes };
}

/** Begins content anew: what was there is gone. Exactly one of several that begin at once goes on with its own record. */
export async function beginContent(
  share: Share,
  uuid: ResourceUuid,
  facts: Omit<ContentRecord, 'id'>,
  checkpoint: Checkpoint,
): Promise<ContentRecord> {
  await discardContent(share, uuid, 'all');
  const record = { ...facts, id: hex(share, 8) };
  const { files, paths } = share;
  await publishFile(
    files,
    {
      temporary: `${paths.temporaryFolder}/${draftName(uuid, record.id, hex(share, 16))}`,
      folder: paths.temporaryFolder,
      name: recordName(uuid),
      mode: 0o600,
      content: { pieces: [{ position: 0, bytes: encodeRecord(record) }] },
    },
    checkpoint,
  );
  return (await readRecord(share, uuid)) ?? record;
}

/**
 * Removes all of an image's content that is not an image yet, the record first, so that parts alone are nobody's. With
 * `but drafts`, files that are being written stay.
 */
export async function discardContent(
  share: Share,
  uuid: ResourceUuid,
  what: 'all' | 'but drafts',
): Promise<void> {
  const { files, paths } = share;
  await unlinkIfThere(files, `${paths.temporaryFolder}/${recordName(uuid)}`);
  for (const name of await leftoversOf(share, uuid)) {
    if (what === 'all' || !isDraft(name))
      await unlinkIfThere(files, `${paths.temporaryFolder}/${name}`);
  }
}

/** Removes what dead writers left: all but the record and the parts of `content`. */
export async function removeDrafts(
  share: Share,
  uuid: ResourceUuid,
  content: string | undefined,
): Promise<void> {
  const { files, paths } = share;
  for (const name of await leftoversOf(share, uuid)) {
    const isPart = content !== undefined && partPosition(uuid, content, name) !== undefined;
    if (isPart || (content !== undefined && name === recordName(uuid))) continue;
    await unlinkIfThere(files, `${paths.temporaryFolder}/${name}`);
  }
}

/** `bytes` bytes by chance as hexadecimal digits. */
export function hex({ random }: Share, bytes: number): string {
  return Buffer.from(random.bytes(bytes)).toString('hex');
}

async function readRecord(
  { files, paths }: Share,
  uuid: ResourceUuid,
): Promise<ContentRecord | undefined> {
  const path = `${paths.temporaryFolder}/${recordName(uuid)}`;
  const text = await readText(files, path, RECORD_BYTES);
  return text === undefined ? undefined : parseRecord(text);
}
