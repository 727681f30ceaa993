import {
  type Accepted,
  asExternalId,
  type Change,
  type Driver,
  type DriverCall,
  DriverFailure,
  type DriverTraits,
  type ObjectKey,
  type Observation,
  type OwnedPage,
  type ServerSnapshotActual,
  type ServerSnapshotDesired,
} from '@gdcloud/core';
import { failing } from '../../client/driver-failure.js';
import { parseXapiTime } from '../../client/xapi-time.js';
import type { VMRecord } from '../../datamodel/records.generated.js';
import type { DriverContext } from '../context.js';
import { observing } from '../observing.js';
import { findOurs, SERVER } from '../ours.js';
import {
  copyOf,
  type Disk,
  disksIn,
  findLeftBehind,
  findRecorded,
  findTaken,
  listTaken,
} from './find-snapshot.js';
import { destroyLeftBehind, isBusy, removeLeftBehind, removeTaken } from './remove-snapshot.js';
import { labelOf, takingOf } from './snapshot-marks.js';
import { disksToTake, markDisks, markedDisks, takeSnapshot, unmarkDisks } from './take-snapshot.js';

/** The change that takes our marks off the disks of the server. */
const MARKS = 'marks';

/**
 * Snapshots of servers: VMs' snapshots of the pool with their disks. They are never reverted to: that would destroy the
 * disks of the server and give it others (reference/xenserver.md 2.4).
 */
export class SnapshotsDriver implements Driver<ServerSnapshotDesired, ServerSnapshotActual> {
  readonly name = 'xenserver.snapshots';
  readonly backend: string;
  readonly traits: DriverTraits = { identity: 'stamped', fencing: 'none', dataBearing: true };
  readonly #context: DriverContext;

  constructor(context: DriverContext) {
    this.#context = context;
    this.backend = context.settings.backend;
  }

  observe(
    key: ObjectKey,
    desired: ServerSnapshotDesired | undefined,
    call: DriverCall,
  ): Promise<Observation<ServerSnapshotActual>> {
    const context = this.#context;
    return observing(async () => {
      // Before its row is looked for: whoever makes it has either not ended, or it is there.
      const isTaking = desired === undefined && (await this.#isTaking(key, call));
      const [taken, ...others] = await findTaken(context, key, call);
      if (taken === undefined) {
        return desired === undefined ? this.#remains(key, isTaking, call) : { presence: 'absent' };
      }
      const disks = await disksIn(context, taken.record, call);
      const marked = desired === undefined ? [] : await markedDisks(context, key, disks, call);
      return {
        presence: 'present',
        external: taken.external,
        actual: {
          ...actualOf(taken.record, disks),
          ...(desired?.disk && (await copyOf(context, desired.disk, disks, call))),
        },
        changes: marked.length === 0 ? [] : [{ field: MARKS, desired: 0, actual: marked.length }],
        // What was taken twice is as good twice; which one is kept, people decide.
        ...(others.length === 0
          ? {}
          : { duplicates: others.map(({ external }) => ({ external, used: 'never' as const })) }),
      };
    });
  }

  create(key: ObjectKey, desired: ServerSnapshotDesired, call: DriverCall): Promise<Accepted> {
    const context = this.#context;
    return failing(async () => {
      const server = desired.server && (await findOurs(context, SERVER, desired.server, call));
      if (server === undefined) throw serverUnknown();
      const isTaking = await this.#isTaking(key, call);
      if (!isTaking) {
        // Read before its snapshots: what is at work on it now may just be making this one.
        if (isBusy(server.record)) return { settled: false };
        const [there] = await findTaken(context, key, call);
        if (there !== undefined) return { external: there.external, settled: true };
        const [left] = await findLeftBehind(context, key, call);
        if (left !== undefined) {
          await destroyLeftBehind(context, left, call);
          return { settled: false };
        }
      }
      const disks = await disksToTake(context, server, desired.disk, call);
      if (!isTaking) await markDisks(context, key, disks, call);
      const outcome = await takeSnapshot(context, key, server, disks, call);
      if (outcome === 'pending') return { settled: false };
      const [taken] = await findTaken(context, key, call);
      return { external: taken?.external, settled: true };
    });
  }

  update(
    key: ObjectKey,
    _desired: ServerSnapshotDesired,
    _change: Change,
    call: DriverCall,
  ): Promise<Accepted> {
    const context = this.#context;
    return failing(async () => {
      const [taken] = await findTaken(context, key, call);
      if (taken === undefined) throw snapshotGone();
      const disks = await disksIn(context, taken.record, call);
      await unmarkDisks(context, await markedDisks(context, key, disks, call), call);
      return { external: taken.external, settled: true };
    });
  }

  delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    const context = this.#context;
    return failing(async () => {
      const taken =
        key.external === undefined
          ? (await findTaken(context, key, call))[0]
          : await findRecorded(context, key, call);
      return taken === undefined
        ? removeLeftBehind(context, key, call)
        : removeTaken(context, taken, call);
    });
  }

  /** A snapshot does no work and is in nobody's way: it is aside as it is. */
  quarantine(): Promise<Accepted> {
    return Promise.resolve({ settled: true });
  }

  list(_cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
    return failing(async () => {
      const found = await listTaken(this.#context, call);
      return { objects: found.map(({ external, stamp }) => ({ external, ...stamp })) };
    });
  }

  // What is there of a snapshot that is to go and has no row.
  async #remains(
    key: ObjectKey,
    isTaking: boolean,
    call: DriverCall,
  ): Promise<Observation<ServerSnapshotActual>> {
    const nothing: ServerSnapshotActual = { consistency: 'crash', takenAt: 0, sizeBytes: 0 };
    if (isTaking) {
      const external = asExternalId(labelOf(key));
      return { presence: 'present', external, actual: nothing, changes: [], busy: true };
    }
    const [left] = await findLeftBehind(this.#context, key, call);
    if (left === undefined) return { presence: 'absent' };
    const external = asExternalId(left.record.uuid);
    return { presence: 'present', external, actual: nothing, changes: [] };
  }

  async #isTaking(key: ObjectKey, { signal }: DriverCall): Promise<boolean> {
    return (await this.#context.tasks.find(takingOf(key), { signal })) !== undefined;
  }
}

function actualOf(record: VMRecord, disks: readonly Disk[]): ServerSnapshotActual {
  const { snapshot_info: info, snapshot_time: time } = record;
  const quiesced = info['disk-snapshot-type'] === 'quiesced';
  const offline = info['power-state-at-snapshot'] === 'Halted';
  return {
    consistency: offline ? 'offline' : quiesced ? 'quiesced' : 'crash',
    takenAt: parseXapiTime(time),
    sizeBytes: disks.reduce((sum, disk) => sum + disk.record.virtual_size, 0),
  };
}

function serverUnknown(): DriverFailure {
  return new DriverFailure('rejected', 'ServerUnknown', 'the pool has no VM of this server', {
    remedy:
      'Nothing to do: it is tried again once the server is there. If it stays so, look at it.',
  });
}

function snapshotGone(): DriverFailure {
  return new DriverFailure('rejected', 'SnapshotGone', 'the pool has no such snapshot', {
    remedy: 'Nothing to do: it is looked at again.',
  });
}
