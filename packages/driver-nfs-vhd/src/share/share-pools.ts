import { asExternalId, DriverFailure, type StoragePoolReport } from '@gdcloud/core';
import { fileFailure } from '../files/file-failure.js';
import { nearestFolder } from '../files/folders.js';
import { lookAtShare, type Share, shareFailure } from './share.js';

/** The share as a pool. It is not live, with the problem in words, when it is missing, read-only or does not answer. */
export async function shareReport(share: Share): Promise<StoragePoolReport> {
  const { paths, files } = share;
  const pool = { external: asExternalId(paths.folder), name: share.name };
  try {
    const verdict = await lookAtShare(share, 'unrecorded');
    if (verdict.kind === 'missing' || verdict.kind === 'changed')
      throw shareFailure(verdict, paths);
    // Before its first use the folder need not exist: the room is that of the place where it will be made.
    const place =
      verdict.kind === 'ready' ? paths.folder : await nearestFolder(files, paths.folder);
    await files.demandWritable(place);
    const { totalBytes, freeBytes } = await files.space(place);
    return { ...pool, live: true, totalBytes, usedBytes: totalBytes - freeBytes };
  } catch (thrown) {
    const failure =
      thrown instanceof DriverFailure ? thrown : fileFailure(thrown, 'read', paths.folder);
    // The message first names what is wrong; the remedy is for the operator who reads the report.
    return {
      ...pool,
      live: false,
      problem: `${failure.message}. ${failure.remedy}`,
      totalBytes: 0,
      usedBytes: 0,
    };
  }
}
