import type { Accepted, DriverCall, ImageDesired, ImportedImage, ObjectKey } from '@gdcloud/core';
import { diskExternalId } from '../disks/observe-disk.js';
import { fileFailure } from '../files/file-failure.js';
import type { LongJobs } from '../jobs/long-jobs.js';
import type { Share } from '../share/share.js';
import { storedContent } from './content-store.js';
import { download } from './download.js';
import { importContent } from './import-content.js';
import type { OpenRemote } from './remote.js';
import { contentRefused } from './remote-failures.js';

/** What images are imported with. */
export interface ImageImports {
  readonly jobs: LongJobs;
  readonly openRemote: OpenRemote;
  /** How large the disk of an imported image may be. */
  readonly mostBytes: number;
}

/** Which image, and where from. */
export interface ImageImport {
  readonly key: ObjectKey;
  readonly desired: ImageDesired;
  readonly source: ImportedImage;
}

/** When it is looked again whether a client has brought all of it; it is told sooner. */
const UPLOAD_PAUSE_MS = 60_000;

/**
 * Goes on with an import for a turn: fetches, or looks whether a client has brought all of it, and then makes the image.
 * What a crash leaves is taken up by the next call, as far as it is durable.
 */
export async function importImage(
  share: Share,
  imports: ImageImports,
  { key, desired, source }: ImageImport,
  call: DriverCall,
): Promise<Accepted> {
  const { uuid } = key;
  if (source.kind === 'upload') {
    const stored = await storedContent(share, uuid);
    const { receivedBytes = 0, record } = stored ?? {};
    if (record?.refused !== undefined) throw contentRefused(record.refused);
    if (record?.totalBytes === undefined || receivedBytes < record.totalBytes)
      return { settled: false, progress: awaited(receivedBytes, record?.totalBytes) };
  }
  const progress = await imports.jobs.advance(uuid, call.signal, async (turn) => {
    try {
      const whole =
        source.kind === 'url'
          ? await download(
              share,
              { uuid, url: source.url, mostBytes: mostContent(imports) },
              imports.openRemote,
              turn,
            )
          : await uploaded(share, uuid);
      if (whole !== undefined)
        await importContent(
          share,
          { key, desired, source, mostBytes: imports.mostBytes },
          whole,
          turn,
        );
    } catch (thrown) {
      throw fileFailure(thrown, 'change', share.paths.folder);
    }
  });
  return progress === undefined
    ? { external: diskExternalId(uuid), settled: true }
    : { settled: false, progress };
}

/** How long content may be: the disk, and what a format adds to it. */
export function mostContent({ mostBytes }: Pick<ImageImports, 'mostBytes'>): number {
  return mostBytes + Math.ceil(mostBytes / 64);
}

async function uploaded(share: Share, uuid: ObjectKey['uuid']) {
  const stored = await storedContent(share, uuid);
  return stored === undefined ? undefined : { stored, sha256: undefined };
}

function awaited(receivedBytes: number, totalBytes: number | undefined): Accepted['progress'] {
  const percent = totalBytes === undefined ? 0 : Math.floor((receivedBytes / totalBytes) * 70);
  const message =
    totalBytes === undefined
      ? 'it waits for its content: PUT it to the link content'
      : `it waits for the rest of its content: ${receivedBytes} of ${totalBytes} bytes are there`;
  return { percent, message, afterMs: UPLOAD_PAUSE_MS };
}
