import { DISK_FILE } from '../../../cloud/disk-file.js';
import type { ResourceUuid } from '../../../model/identity.js';
import type { Resource } from '../../../model/resource.js';
import { isReady } from '../../../model/state.js';
import type { ObjectKey } from '../../../ports/driver.js';
import { EMPTY_CONTENT, type MemoryVolume, takenBy } from '../../memory-volume.js';
import type { Invariant, View } from '../facts.js';
import { nameOf } from './rows.js';

/** I26: what a server has open, or may have, is left alone. */
export const leftAloneInUse: Invariant = {
  id: 'I26',
  name: 'no file of a volume is changed while a server has it open or may have it',
  reason: 'What a guest keeps in memory of it no longer fits, and it writes on.',
  watch({ database, outside }) {
    /** The snapshots that there were before the step. */
    let taken: ReadonlySet<ResourceUuid> = new Set();
    return {
      happened({ what, kind, object, change, by }) {
        if (kind !== 'volumes' || what !== 'changed' || by === undefined) return undefined;
        // What is noted down beside the file changes nothing of it.
        if (['completeness', 'use', 'leaving'].includes(change?.field ?? '')) return undefined;
        const snapshot = change && takenBy(change);
        // A call that comes again finds it taken.
        if (snapshot !== undefined && taken.has(snapshot)) return undefined;
        const row = database.row(object.uuid);
        if (typeof row?.status['attachedToId'] === 'string')
          return `${change?.field} of ${nameOf(row)} while virtualmachine ${row.status['attachedToId']} may have it`;
        for (const { external, actual } of outside.servers.objects.values())
          if (actual.disks.some(({ volume }) => volume === object.uuid))
            return `${change?.field} of ${object.external} while it is in ${external}`;
        return undefined;
      },
      stepped() {
        taken = new Set([...outside.volumeSnapshots.objects.values()].map(({ uuid }) => uuid));
        return undefined;
      },
    };
  },
};

/** I27: snapshots keep what they hold, and who is made of one, restored to one or given what was brought holds just that. */
export const contentStays: Invariant = {
  id: 'I27',
  name: 'what a snapshot holds never changes, and copies and restored volumes hold it',
  reason: 'It is all that is left of what was there.',
  watch(view) {
    const { database, outside, meddled } = view;
    /** What each snapshot held when it was taken, and in which epoch of its part. */
    const taken = new Map<ResourceUuid, { readonly content: string; readonly epoch: number }>();
    /** Each volume as it was before the step: a call that comes again, after servers have written, changes nothing. */
    const before = new Map<string, MemoryVolume>();
    const heldBy = (id: unknown): string | undefined => {
      for (const [uuid, { content }] of taken) if (database.row(uuid)?.id === id) return content;
      return undefined;
    };
    return {
      happened({ what, kind, object, change, by }) {
        if (by === undefined) return undefined;
        if (kind === 'volumeSnapshots' && what === 'made') {
          const { content } = outside.volumeSnapshots.objects.get(object.external)?.actual ?? {};
          const epoch = database.row(object.uuid)?.parts[DISK_FILE]?.epoch ?? 1;
          const known = taken.get(object.uuid);
          if (known !== undefined && known.epoch === epoch && !meddled.has(object.uuid))
            return `${object.external} was taken twice`;
          taken.set(object.uuid, { content: content ?? '', epoch });
        }
        if (kind !== 'volumes' || what === 'destroyed') return undefined;
        const row = database.row(object.uuid);
        const actual = outside.volumes.objects.get(object.external)?.actual;
        if (what === 'changed' && isSameHeld(before.get(object.external), actual)) return undefined;
        const source = sourceOf(what === 'made' ? object : change?.field, row, actual);
        if (source === undefined) return undefined;
        const expected = 'content' in source ? source.content : heldBy(source.snapshot);
        const name = 'content' in source ? source.name : `snapshot ${source.snapshot} does`;
        return expected === undefined || actual?.content === expected
          ? undefined
          : `${object.external} holds "${actual?.content}" instead of "${expected}", as ${name}`;
      },
      stepped() {
        for (const { external, actual } of outside.volumes.objects.values())
          before.set(external, actual);
        for (const { uuid, external, actual } of outside.volumeSnapshots.objects.values()) {
          const known = taken.get(uuid);
          if (known !== undefined && known.content !== actual.content)
            return `${external} held "${known.content}" and holds "${actual.content}"`;
        }
        return undefined;
      },
      rested() {
        for (const row of database.store.rows()) {
          const finding = row.type === 'volume' ? unfinished(view, row) : undefined;
          if (finding !== undefined) return finding;
        }
        return undefined;
      },
    };
  },
};

function isSameHeld(one: MemoryVolume | undefined, other: MemoryVolume | undefined): boolean {
  return (
    one?.content === other?.content &&
    one?.restores === other?.restores &&
    one?.contents === other?.contents
  );
}

type Source = { readonly snapshot: string } | { readonly content: string; readonly name: string };

// What a volume holds once it is made, or changed. A change may break off halfway: it is done once the volume counts it.
function sourceOf(
  step: Pick<ObjectKey, 'epoch'> | string | undefined,
  row: Resource | undefined,
  actual: MemoryVolume | undefined,
): Source | undefined {
  const { snapshotId, restores, restoredFromId, contents, uploadId } = row?.spec ?? {};
  if (typeof step === 'object') {
    // What has come from another share holds what that held, which is another rule.
    const hasMoved = Number(row?.status['movesBegun'] ?? 0) > 0;
    if (hasMoved || typeof snapshotId !== 'string') return undefined;
    return step.epoch === 1
      ? { snapshot: snapshotId }
      : { content: EMPTY_CONTENT, name: 'what a person has made anew does' };
  }
  if (step === 'restores' && actual?.restores === restores && typeof restoredFromId === 'string')
    return { snapshot: restoredFromId };
  if (step === 'contents' && actual?.contents === contents && typeof uploadId === 'string')
    return { content: `upload ${uploadId}`, name: 'was brought' };
  return undefined;
}

// What is said to be as asked is as large as asked, restored and given content as often.
function unfinished({ outside, meddled }: View, row: Resource): string | undefined {
  if (!isReady(row) || meddled.has(row.uuid)) return undefined;
  const { file } = row.parts;
  const [volume] = outside.volumes.matching(row.uuid, file?.epoch ?? 1);
  if (volume === undefined) return undefined;
  const { virtualBytes, restores, contents } = volume.actual;
  const { sizeGb, restores: asked, contents: given } = row.spec;
  if (virtualBytes !== Number(sizeGb) * 2 ** 30)
    return `${nameOf(row)} is ready with ${virtualBytes} bytes instead of ${String(sizeGb)} GiB`;
  // What has moved is another file, which was given nothing yet.
  if (Number(row.status['movesDone'] ?? 0) === 0 && (contents ?? 0) !== given)
    return `${nameOf(row)} is ready with ${contents ?? 0} contents instead of ${String(given)}`;
  return (restores ?? 0) === asked
    ? undefined
    : `${nameOf(row)} is ready with ${restores ?? 0} restores instead of ${String(asked)}`;
}

/** I28: a move changes nothing of what a volume holds. */
export const moveKeepsContent: Invariant = {
  id: 'I28',
  name: 'a volume that has moved holds what it held before, and is on one share at a time',
  reason: 'Whoever looks at it afterwards has no other copy to compare it with.',
  watch({ outside, meddled }) {
    const held = new Map<ResourceUuid, string>();
    return {
      happened({ what, kind, object, by }) {
        if (kind !== 'volumes' || by === undefined || meddled.has(object.uuid)) return undefined;
        const { content } = object.actual as MemoryVolume;
        if (what === 'destroyed' && outside.arrivals.matching(object.uuid, 1).length > 0)
          held.set(object.uuid, content);
        const before = what === 'made' ? held.get(object.uuid) : undefined;
        return before === undefined || before === content
          ? undefined
          : `${object.external} held "${before}" before it moved, and holds "${content}"`;
      },
    };
  },
};
