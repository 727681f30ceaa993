import type { Json } from '@gdcloud/core';
import { isNullRef, NULL_REF } from '../../datamodel/ref.js';
import { textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import { XapiFault } from '../fault.js';
import { numberField } from '../record.js';
import {
  accountFor,
  assertBackendWell,
  assertPlugged,
  filesOf,
  storageTime,
} from '../storage-manager.js';
import { isTrue } from '../values.js';
import { copyOf, homeOf, withDisk } from './disk-steps.js';

async function copy(context: CallContext, args: readonly Json[]): Promise<string> {
  const { pool } = context;
  const { database } = pool;
  const disk = database.get('VDI', textOf(args[0]));
  const into = args[3] === undefined ? NULL_REF : textOf(args[3]);
  const target = isNullRef(into) ? undefined : database.get('VDI', into);
  const home = target === undefined ? database.get('SR', textOf(args[1])) : homeOf(context, target);
  assertPlugged(database, home);
  const size = numberField(disk, 'virtual_size');
  if (target !== undefined && numberField(target, 'virtual_size') < size) {
    throw new XapiFault('VDI_TOO_SMALL', target.ref, String(size));
  }
  // Bytes are not moved between files: a repository of real ones leaves that to its owner.
  if (filesOf(pool, home) !== undefined) {
    throw new XapiFault('SR_OPERATION_NOT_SUPPORTED', home.ref);
  }
  let made = target;
  await withDisk(context, disk, {
    operation: 'copy',
    failure: 'copy',
    check: () => {
      // The storage of the fresh host of the recordings can't copy.
      if (pool.settings.fixture !== undefined) throw new XapiFault('VDI_COPY_FAILED', '');
    },
    apply: () => {
      made ??= copyOf(context, disk, home, pool.identifiers.uuid());
      accountFor(database, home);
    },
  });
  return made?.ref ?? NULL_REF;
}

/** Moves the disk of a running VM to another repository; disks that nobody uses are copied instead. */
async function migrate(context: CallContext, args: readonly Json[]): Promise<string> {
  const { pool } = context;
  const { database } = pool;
  const disk = database.get('VDI', textOf(args[0]));
  const home = database.get('SR', textOf(args[1]));
  const attached = [...(disk.links.get('VBDs') ?? [])].some((ref) =>
    isTrue(database.get('VBD', ref).fields.get('currently_attached')),
  );
  if (!attached) throw new XapiFault('VDI_NEEDS_VM_FOR_MIGRATE', disk.ref);
  assertPlugged(database, home);
  if (filesOf(pool, home) !== undefined || filesOf(pool, homeOf(context, disk)) !== undefined) {
    throw new XapiFault('SR_OPERATION_NOT_SUPPORTED', home.ref);
  }
  const before = homeOf(context, disk);
  await pool.operations.run(context, disk, {
    name: 'mirror',
    latencyMs: 0,
    check: () => assertBackendWell(home),
    prepare: async () => storageTime(pool, disk),
    apply: () => {
      database.set(disk, 'SR', home.ref);
      accountFor(database, before);
      accountFor(database, home);
    },
  });
  return disk.ref;
}

/** Whole copies of disks, and disks that change their repository. */
export const DISK_MOVES: Behaviours = { 'VDI.copy': copy, 'VDI.pool_migrate': migrate };
