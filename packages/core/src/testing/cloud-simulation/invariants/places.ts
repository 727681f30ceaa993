import type { host } from '../../../cloud/host/host.js';
import { isFenced } from '../../../cloud/host/standing.js';
import type { Resource } from '../../../model/resource.js';
import { isReady } from '../../../model/state.js';
import type { Invariant, View } from '../facts.js';
import { nameOf } from './rows.js';

function hostCalled({ database }: View, external: unknown): Resource<typeof host> | undefined {
  for (const row of database.store.rows())
    if (row.type === 'host' && row.spec['external'] === external)
      return row as Resource<typeof host>;
  return undefined;
}

/** I23: of two hosts a server runs on one. */
export const oneHost: Invariant = {
  id: 'I23',
  name: 'a server leaves a host that does not answer only once somebody has confirmed that it is off',
  reason: 'It may run there still, and two of one on one disk destroy it.',
  watch: (view) => ({
    happened({ kind, what, change, by }) {
      if (kind !== 'servers' || what !== 'changed' || change?.field !== 'host' || by === undefined)
        return undefined;
      const left = change.actual;
      if (
        typeof left !== 'string' ||
        view.outside.hosts.some((each) => each.external === left && each.live)
      )
        return undefined;
      const machine = hostCalled(view, left);
      return machine === undefined || isFenced(machine)
        ? undefined
        : `a server was taken from ${left}, which does not answer, and nobody has confirmed that it is off`;
    },
    rested() {
      for (const { uuid, external, actual } of view.outside.servers.objects.values()) {
        const row = view.database.row(uuid);
        if (row === undefined || !isReady(row) || view.meddled.has(uuid)) continue;
        if (actual.powerState !== 'running' || actual.host === undefined) continue;
        const machine = hostCalled(view, actual.host);
        if (machine?.id !== row.status['hostId'])
          return `${nameOf(row)} is said to be on host ${String(row.status['hostId'])}, and ${external} is on ${actual.host}`;
      }
      return undefined;
    },
  }),
};
