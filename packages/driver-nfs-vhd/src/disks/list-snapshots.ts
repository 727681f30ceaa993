import type { OwnedPage } from '@gdcloud/core';
import { basesIn } from '../share/records/read-records.js';
import { demandShare, type Share } from '../share/share.js';
import { attemptsOn } from '../steps/sweep-attempts.js';
import { PAGE_DISKS } from './list-disks.js';
import { diskExternalId } from './observe-disk.js';

/** A page of the snapshots on the share, by uuid, those that are being taken included. */
export async function listSnapshots(share: Share, cursor: string | undefined): Promise<OwnedPage> {
  const verdict = await demandShare(share, 'unrecorded');
  if (verdict.kind === 'firstUse') return { objects: [] };
  const uuids = new Set(await basesIn(share, share.paths.snapshotFolder));
  for (const { subject } of await attemptsOn(share, ({ why }) => why === 'snapshot')) {
    uuids.add(subject);
  }
  const rest = [...uuids].filter((uuid) => cursor === undefined || uuid > cursor).sort();
  const page = rest.slice(0, PAGE_DISKS);
  const objects = page.map((uuid) => ({ external: diskExternalId(uuid), uuid, epoch: 1 }));
  return rest.length > page.length ? { objects, cursor: page.at(-1) } : { objects };
}
