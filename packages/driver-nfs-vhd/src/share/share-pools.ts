import { asExternalId, DriverFailure, type StoragePoolReport } from '@gdcloud/core';
import { fileFailure } from '../files/file-failure.js';
import { nearestFolder } from '../files/folders.js';
import { lookAtShare, type Share, shareFailure } from './share.js';

/** How long a share among several may take to say how it is; milliseconds. */
const REPORT_LIMIT = 5_000;

/** As {@link shareReport}, but a share that hangs is not live instead of keeping the others from being reported. */
export async function reportInTime(share: Share): Promise<StoragePoolReport> {
  let cancel = (): void => undefined;
  const late = new Promise<StoragePoolReport>((resolve) => {
    cancel = share.clock.schedule(REPORT_LIMIT, () => {
      const problem = `${share.paths.folder} has not answered for ${REPORT_LIMIT / 1_000} s. Check its server and the network`;
      resolve(awayReport(share, problem));
    });
  });
  try {
    return await Promise.race([shareReport(share), late]);
  } finally {
    cancel();
  }
}

/** The share as a pool. It is not live, with the problem in words, when it is missing, read-only or does not answer. */
export async function shareReport(share: Share): Promise<StoragePoolReport> {
  const { paths, files } = share;
  try {
    const verdict = await lookAtShare(share, 'unrecorded');
    if (verdict.kind === 'missing' || verdict.kind === 'changed')
      throw shareFailure(verdict, paths);
    // Before its first use the folder need not exist: the room is that of the place where it will be made.
    const place =
      verdict.kind === 'ready' ? paths.folder : await nearestFolder(files, paths.folder);
    await files.demandWritable(place);
    const { totalBytes, freeBytes } = await files.space(place);
    return { ...poolOf(share), live: true, totalBytes, usedBytes: totalBytes - freeBytes };
  } catch (thrown) {
    const failure =
      thrown instanceof DriverFailure ? thrown : fileFailure(thrown, 'read', paths.folder);
    // The message first names what is wrong; the remedy is for the operator who reads the report.
    return awayReport(share, `${failure.message}. ${failure.remedy}`);
  }
}

function awayReport(share: Share, problem: string): StoragePoolReport {
  return { ...poolOf(share), live: false, problem, totalBytes: 0, usedBytes: 0 };
}

function poolOf({
  name,
  paths,
  weight,
}: Share): Pick<StoragePoolReport, 'external' | 'name' | 'weight'> {
  return {
    external: asExternalId(paths.folder),
    name,
    ...(weight === undefined ? {} : { weight }),
  };
}
