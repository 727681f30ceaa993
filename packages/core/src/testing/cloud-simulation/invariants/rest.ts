import type { ResourceUuid } from '../../../model/identity.js';
import { isReady } from '../../../model/state.js';
import type { Invariant } from '../facts.js';
import { nameOf } from './rows.js';

/**
 * Passes over one resource in a virtual minute that change nothing: more is a hot loop. Four kernels that each look once
 * a second at what a slow backend works on are none.
 */
const MOST_CLAIMS = 300;
const MINUTE = 60_000;
/** How long a change may wait for its first pass once everything works: sessions end, hung calls are given up. */
const FIRST_PASS = 150_000;
/** How soon a change is taken up whose lock was busy when it was heard of. */
const AFTER_RELEASE = 1_000;

/** I6: ready says what is. */
export const readyIsTrue: Invariant = {
  id: 'I6',
  name: 'what is said to be ready is as asked and there',
  reason: 'Users build on it the moment they read it.',
  watch: ({ outside, meddled, database }) => ({
    wrote({ method, after }) {
      if (method !== 'record' || !isReady(after) || meddled.has(after.uuid)) return undefined;
      if (after.type !== 'virtualmachine') return undefined;
      const record = after.parts['server'];
      const [server] =
        record === undefined ? [] : outside.servers.matching(after.uuid, record.epoch);
      if (server === undefined) return `${nameOf(after)} is said to be ready and is not there`;
      const wanted = after.spec['desiredState'] === 'running' ? 'running' : 'halted';
      return server.actual.powerState === wanted
        ? undefined
        : `${nameOf(after)} is said to be ready and is ${server.actual.powerState}`;
    },
    rested() {
      for (const { uuid, external, actual } of outside.servers.objects.values()) {
        const row = database.row(uuid);
        if (row === undefined || !isReady(row) || meddled.has(uuid)) continue;
        const wanted = row.spec['desiredState'] === 'running' ? 'running' : 'halted';
        if (actual.powerState !== wanted)
          return `${nameOf(row)} rests as ready and ${external} is ${actual.powerState}`;
      }
      return undefined;
    },
  }),
};

/** I14: nothing is tried without pause. */
export const noHotLoop: Invariant = {
  id: 'I14',
  name: 'no resource is passed over without pause while nothing changes',
  reason: 'One broken resource must not eat what all others live on.',
  watch({ world }) {
    const claims = new Map<ResourceUuid, { since: number; count: number }>();
    return {
      wrote({ method, after }) {
        if (method === 'change') claims.delete(after.uuid);
        if (method !== 'claim') return undefined;
        const known = claims.get(after.uuid);
        if (known === undefined || world.now - known.since > MINUTE) {
          claims.set(after.uuid, { since: world.now, count: 1 });
          return undefined;
        }
        known.count += 1;
        return known.count > MOST_CLAIMS
          ? `${nameOf(after)} was passed over ${known.count} times in a minute`
          : undefined;
      },
    };
  },
};

/** I15: a change is taken up soon. */
export const changesAreTakenUp: Invariant = {
  id: 'I15',
  name: 'a change gets its first pass soon, also when its lock was busy as it came',
  reason: 'A user waits for it.',
  watch(view) {
    const { world } = view;
    const waiting = new Map<ResourceUuid, number>();
    const owed = new Map<string, { readonly uuid: ResourceUuid; readonly at: number }>();
    let healedAt = 0;
    return {
      wrote({ after }) {
        const dirty = after.generation > after.attemptedGeneration && after.removed === null;
        if (!dirty) waiting.delete(after.uuid);
        else if (!waiting.has(after.uuid)) waiting.set(after.uuid, world.now);
        return undefined;
      },
      lockWas(what, key, process) {
        if (what === 'asked for') owed.delete(key);
        // Whoever was told of it may have been refused, and whoever held the lock may not have been told.
        if (what === 'released' && waiting.has(key) && !process.isDead)
          owed.set(key, { uuid: key, at: world.now });
        return undefined;
      },
      stepped() {
        if (view.phase !== 'faults' && healedAt === 0) healedAt = world.now;
        for (const [key, { uuid, at }] of owed) {
          if (world.now < at + AFTER_RELEASE) continue;
          owed.delete(key);
          if (waiting.has(uuid) && view.calm === 'yes')
            return `${uuid} was changed while its lock was held, and nobody looked again after the release`;
        }
        if (healedAt === 0) return undefined;
        for (const [uuid, since] of waiting) {
          if (world.now - Math.max(since, healedAt) > FIRST_PASS)
            return `a change of ${uuid} waits for its first pass since ${world.now - since} ms`;
        }
        return undefined;
      },
    };
  },
};
