import type { Fence } from '../../../model/identity.js';
import { isJsonObject, type Json, sameJson } from '../../../model/json.js';
import type { Resource } from '../../../model/resource.js';
import type { Invariant, View } from '../facts.js';

/** Names one row in a finding. */
export function nameOf({ type, id }: Resource): string {
  return `${type} ${id}`;
}

/** I2: an object outside is recorded once, and a record keeps to its object. */
export const oneRecordedObject: Invariant = {
  id: 'I2',
  name: 'at most one recorded object a part and epoch',
  reason: 'A record that wanders from one object to another has lost the first.',
  watch: ({ meddled }) => ({
    wrote({ before, after }) {
      for (const [part, record] of Object.entries(after.parts)) {
        const known = before?.parts[part];
        if (known === undefined || known.external === null || record.external === known.external)
          continue;
        // What is on its way out may turn out to have a twin, which goes as well.
        if (record.epoch > known.epoch || after.deleteRequestedAt !== null) continue;
        if (meddled.has(after.uuid)) continue;
        return `${nameOf(after)}: ${part} was ${known.external} and became ${record.external ?? 'nothing'} in epoch ${record.epoch}`;
      }
      return undefined;
    },
  }),
};

/** I4: desired state changes only as users asked. */
export const acknowledgedWritesStay: Invariant = {
  id: 'I4',
  name: 'an acknowledged wish is never lost or reverted',
  reason: 'Whoever was told yes stops asking.',
  watch: (view) => ({
    wrote({ method, before, after }) {
      const { wishes } = view;
      // What sweeps write down of orphans is no user's wish.
      if (method !== 'change' || before === undefined || after.type === 'orphan') return undefined;
      if (isAskedToGo(before, after) && !wishes.removalAsked(after.uuid) && !isOver(before, view))
        return `${nameOf(after)} was asked to go, which nobody wanted`;
      const was: Readonly<Record<string, Json | undefined>> = { ...before.spec, name: before.name };
      for (const [field, value] of Object.entries({ ...after.spec, name: after.name })) {
        if (value === was[field] || wishes.asked(after.uuid, field, value)) continue;
        // What the cloud writes into its own records is no wish.
        if (field === 'secretDigest' || field === 'sightedAt' || typeof value === 'object')
          continue;
        return `${nameOf(after)}: ${field} became ${String(value)}, which nobody asked for`;
      }
      return undefined;
    },
    rested() {
      const { wishes, database, open } = view;
      for (const { uuid, fields, what } of wishes.acknowledged) {
        const row = database.row(uuid);
        if (row === undefined) return `what was acknowledged as ${uuid} is not there`;
        if (what === 'remove' && row.removed === null)
          return `${nameOf(row)} was to be removed and is not`;
        const spec: Readonly<Record<string, Json | undefined>> = { ...row.spec, name: row.name };
        for (const field of Object.keys(fields)) {
          const promised = wishes.promised(uuid, field);
          const value = isSealed(spec[field]) ? open(row, field) : (spec[field] ?? null);
          if (promised !== undefined && !sameJson(value, promised))
            return `${nameOf(row)}: ${field} was promised as ${JSON.stringify(promised)} and is ${JSON.stringify(value)}`;
        }
      }
      return undefined;
    },
  }),
};

// A server goes alone; what goes along with others has no wish of its own.
function isAskedToGo(before: Resource, after: Resource): boolean {
  const isNew = before.deleteRequestedAt === null && after.deleteRequestedAt !== null;
  return isNew && after.type === 'virtualmachine';
}

// What is put aside is to go when its time is over, by the clock of who looks, and never when it has been taken back.
function isOver({ spec }: Resource, { calm, world }: View): boolean {
  const { removeAfter } = spec as { readonly removeAfter?: number | null };
  return typeof removeAfter === 'number' && (calm === 'no' || removeAfter <= world.now);
}

/** I5: counters only grow. */
export const countersGrow: Invariant = {
  id: 'I5',
  name: 'generations, versions and fences only grow, and what is observed was asked',
  reason: 'Everything else decides by comparing them.',
  watch: () => ({
    wrote({ before, after }) {
      const { generation, observedGeneration, attemptedGeneration } = after;
      if (observedGeneration > generation || attemptedGeneration > generation)
        return `${nameOf(after)}: observed ${observedGeneration} and attempted ${attemptedGeneration} of generation ${generation}`;
      if (before === undefined) return undefined;
      if (generation < before.generation || after.statusVersion < before.statusVersion)
        return `${nameOf(after)}: a version went back`;
      if (observedGeneration < before.observedGeneration)
        return `${nameOf(after)}: what is observed went back from ${before.observedGeneration} to ${observedGeneration}`;
      if (before.fence !== null && (after.fence === null || after.fence < before.fence))
        return `${nameOf(after)}: its fence went back`;
      if (before.removed !== null && after.removed === null)
        return `${nameOf(after)}: a tombstone came alive`;
      return undefined;
    },
  }),
};

/** I7: only the newest holder writes what is observed, and changes what can tell. */
export const fencedWrites: Invariant = {
  id: 'I7',
  name: 'nothing is accepted with an older fence, by a row or by a backend that can tell',
  reason: 'A paused process that comes back would overwrite what its successor has found.',
  watch({ outside, database }) {
    /** The tokens that processes have had their rows claimed with, and the newest that changed an object. */
    const tokens = new Map<string, Fence>();
    const newest = new Map<string, Fence>();
    return {
      wrote({ method, before, after, fence, by }) {
        if (fence === undefined) return undefined;
        if (method === 'claim') tokens.set(`${by.name} ${after.uuid}`, fence);
        if (before === undefined || before.fence === null) return undefined;
        const older = method === 'claim' ? fence <= before.fence : fence !== before.fence;
        return older ? `${nameOf(after)}: ${method} with ${fence} over ${before.fence}` : undefined;
      },
      happened({ what, kind, object, by }) {
        const known = outside.kinds.find((each) => each.kind.name === kind);
        if (known?.kind.traits.fencing !== 'cas') return undefined;
        const token = tokens.get(`${by?.name} ${object.uuid}`);
        // An orphan goes under the token of the row that stands for it.
        const owner = database.row(object.uuid);
        if (token === undefined || owner === undefined || owner.removed !== null) return undefined;
        const last = newest.get(object.external);
        if (last !== undefined && token < last)
          return `${object.external} was ${what} with ${token} after ${last}`;
        // What is gone keeps no fence: who makes it late leaves an orphan, which the sweep finds.
        if (what === 'destroyed') newest.delete(object.external);
        else newest.set(object.external, token);
        return undefined;
      },
    };
  },
};

function isSealed(value: Json | undefined): boolean {
  return isJsonObject(value) && Object.hasOwn(value, 'sealed');
}
