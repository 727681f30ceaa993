import {
  asUuid,
  type Driver,
  type ResourceUuid,
  type ServerSnapshotActual,
  type ServerSnapshotDesired,
} from '@gdcloud/core';
import type { Subject } from '@gdcloud/core/testing';
import type { SimulatedPool } from '@gdcloud/driver-xenserver/simulator';
import { DEPLOYMENT, poolBackend } from './backend.js';
import type { Hear } from './line.js';

type Snapshots = Driver<ServerSnapshotDesired, ServerSnapshotActual>;

const GIB = 2 ** 30;
const RUNNING: ResourceUuid = asUuid('0190a000-0000-7000-8000-00000000c001');
const HALTED: ResourceUuid = asUuid('0190a000-0000-7000-8000-00000000c002');
const DISKS = ['0190a000-0000-7000-8000-00000000d001', '0190a000-0000-7000-8000-00000000d002'];

const DISK_COPY = asUuid('0190a000-0000-7000-8000-00000000d0c0');

const ofRunning: ServerSnapshotDesired = { server: { uuid: RUNNING, epoch: 1 } };
const ofOneDisk: ServerSnapshotDesired = { ...ofRunning, disk: asUuid(DISKS[0] ?? '') };
const ofHalted: ServerSnapshotDesired = { server: { uuid: HALTED, epoch: 1 } };

// When it was taken, and what the copy is called, may be another after a fault: it was taken later.
function timeless(driver: Snapshots): Snapshots {
  return new Proxy(driver, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'observe') return value.bind(target);
      return async (...[key, desired, call]: Parameters<Snapshots['observe']>) => {
        const seen = await target.observe(key, desired, call);
        if (seen.presence !== 'present') return seen;
        const { copy, ...actual } = seen.actual;
        const known = copy === undefined ? {} : { copy: DISK_COPY };
        return { ...seen, actual: { ...actual, ...known, takenAt: 0 } };
      };
    },
  });
}

/** Snapshots of the servers of a simulated pool as of a release, as the conformance kit examines them. */
export const snapshots = (
  release: string,
  begin: () => Hear,
): Subject<ServerSnapshotDesired, ServerSnapshotActual> => ({
  name: 'xenserver snapshots',
  specs: {
    valid: [ofOneDisk, ofHalted],
    // What was taken stays as it is.
    changes: [],
    invalid: [],
  },
  backend: (env) =>
    poolBackend({
      env,
      release,
      begin,
      className: 'VM',
      furnish,
      driver: ({ snapshots: driver }) => {
        if (driver === undefined) throw new Error('the driver takes no snapshots');
        return timeless(driver);
      },
      // Copies that are in no snapshot count as well: nothing else would ever take them away.
      objects: ({ rows }) =>
        [
          ...rows.list('VM').filter(({ record }) => record['is_a_snapshot'] === true),
          ...rows.list('VDI').filter(({ record }) => isLoose(record)),
        ].map(({ record }) => String(record['uuid'])),
      foreign: (name) => ({
        name_label: name,
        is_a_snapshot: true,
        is_a_template: true,
        other_config: { 'gdcloud:id': RUNNING, 'gdcloud:owner': `not ${DEPLOYMENT}` },
      }),
      destroyed: destroyDisks,
    }),
});

function isLoose({
  is_a_snapshot: isSnapshot,
  VBDs: drives,
}: {
  readonly [field: string]: unknown;
}): boolean {
  return isSnapshot === true && Array.isArray(drives) && drives.length === 0;
}

// Somebody who removes a snapshot with the tools of the pool takes its disks along.
function destroyDisks(external: string, { rows }: SimulatedPool): void {
  const doomed = rows.list('VM').find(({ record }) => record['uuid'] === external);
  for (const { ref, record } of rows.list('VBD')) {
    if (record['VM'] !== doomed?.ref) continue;
    rows.destroy('VBD', ref);
    rows.destroy('VDI', String(record['VDI']));
  }
}

function furnish({ rows }: SimulatedPool): void {
  const [repository] = rows.list('SR');
  const [host] = rows.list('host');
  for (const [nth, uuid] of [RUNNING, HALTED].entries()) {
    const vm = rows.insert('VM', {
      uuid: `5d1c0000-0000-4000-8000-00000000c00${nth}`,
      name_label: 'web',
      name_description: `gdcloud:${uuid}:1`,
      power_state: uuid === RUNNING ? 'Running' : 'Halted',
      ...(uuid === RUNNING ? { resident_on: host?.ref ?? '', domid: 7 } : {}),
      other_config: {
        'gdcloud:id': uuid,
        'gdcloud:epoch': '1',
        'gdcloud:owner': DEPLOYMENT,
        'gdcloud:self': `5d1c0000-0000-4000-8000-00000000c00${nth}`,
      },
    });
    const disk = rows.insert('VDI', {
      uuid: DISKS[nth] ?? '',
      SR: repository?.ref ?? '',
      location: DISKS[nth] ?? '',
      virtual_size: GIB,
      type: 'user',
      managed: true,
    });
    rows.insert('VBD', { VM: vm, VDI: disk, userdevice: '0', type: 'Disk', mode: 'RW' });
  }
}
