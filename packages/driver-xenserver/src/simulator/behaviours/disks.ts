import type { Json } from '@gdcloud/core';
import { NULL_REF } from '../../datamodel/ref.js';
import { asText, flagOf, integerOf, structOf, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { chainDepth, MOST_BASES, noteParent, parentOf, splitDisk } from '../disk-chain.js';
import { XapiFault } from '../fault.js';
import { constructorFields } from '../generic.js';
import { numberField, textField } from '../record.js';
import {
  accountFor,
  assertBackendWell,
  assertDiskAllows,
  assertNotNamedToFail,
  assertPlugged,
  assertRepositoryAllows,
  assertRoom,
  chainTooLong,
  changesOf,
  filesOf,
  keepsVhds,
  sizeIn,
  storageTime,
} from '../storage-manager.js';
import { storedValue, textMap } from '../values.js';
import { classNamed } from './class-named.js';
import { DISK_CHANGES } from './disk-changes.js';
import { DISK_MOVES } from './disk-moves.js';
import { copyOf, homeOf, kindOf, withDisk } from './disk-steps.js';
import { INTRODUCTIONS } from './introductions.js';

/** Fields that the storage manager writes when it makes a disk; XAPI adds the others afterwards. */
const MADE_WITH = ['name_label', 'name_description', 'SR', 'type', 'read_only', 'sm_config'];
const ADDED_LATER = ['other_config', 'sharable', 'tags', 'xenstore_data'];

async function create(context: CallContext, record: Json | undefined): Promise<string> {
  const { pool } = context;
  const { database } = pool;
  const fields = constructorFields(classNamed(pool, 'VDI'), record);
  const home = database.get('SR', asText(fields['SR']));
  assertPlugged(database, home);
  const label = asText(fields['name_label']);
  const size = sizeIn(home, Number(fields['virtual_size']));
  const uuid = pool.identifiers.uuid();
  let disk: Row | undefined;
  await pool.operations.run(context, home, {
    name: 'vdi_create',
    latencyMs: 0,
    check: () => {
      assertRepositoryAllows(context, home, 'vdi_create');
      assertPlugged(database, home);
      assertNotNamedToFail(pool, label, 'create');
      assertBackendWell(home);
      assertRoom(home);
    },
    prepare: async () => {
      await storageTime(pool, label, home);
      await changesOf(pool, home)?.create(uuid, size);
    },
    apply: () => {
      const made = Object.fromEntries(MADE_WITH.map((name) => [name, fields[name] ?? '']));
      disk = database.insert('VDI', {
        ...made,
        sm_config: { ...textMap(fields['sm_config']), ...kindOf(home) },
        uuid,
        location: uuid,
        virtual_size: size,
        physical_utilisation: keepsVhds(home) ? 0 : size,
        managed: true,
        metadata_of_pool: '',
      });
      // A toolstack that dies here leaves a disk that has its name and nothing else (reference/xenserver.md 0.3).
      database.commit();
      for (const name of ADDED_LATER) database.set(disk, name, fields[name] ?? {});
      accountFor(database, home);
    },
  });
  return disk?.ref ?? NULL_REF;
}

async function branch(
  context: CallContext,
  disk: Row,
  operation: 'clone' | 'snapshot',
): Promise<string> {
  const { pool } = context;
  const { database } = pool;
  const uuid = pool.identifiers.uuid();
  const base = pool.identifiers.uuid();
  let copy: Row | undefined;
  let outcome: 'shared' | 'split' | undefined;
  await withDisk(context, disk, {
    operation,
    failure: operation,
    check: (home) => {
      assertRoom(home);
      if (keepsVhds(home) && chainDepth(database, disk) >= MOST_BASES) throw chainTooLong();
    },
    prepare: async (home) => {
      outcome = await changesOf(pool, home)?.branch(textField(disk, 'uuid'), base, uuid);
    },
    apply: (home) => {
      const made = copyOf(context, disk, home, uuid);
      copy = made;
      if (outcome === 'split') splitDisk(database, { disk, home, base });
      if (outcome !== undefined) noteParent(database, made, parentOf(disk));
      if (operation === 'clone') return;
      database.set(made, 'is_a_snapshot', true);
      database.set(made, 'snapshot_of', disk.ref);
    },
  });
  return copy?.ref ?? NULL_REF;
}

function removeRow({ pool }: CallContext, disk: Row): void {
  const { database } = pool;
  for (const ref of disk.links.get('VBDs') ?? []) database.remove(database.get('VBD', ref));
  database.remove(disk);
}

async function destroy(context: CallContext, disk: Row): Promise<void> {
  await withDisk(context, disk, {
    operation: 'destroy',
    failure: 'delete',
    prepare: async (home) => filesOf(context.pool, home)?.remove(textField(disk, 'uuid')),
    apply: () => removeRow(context, disk),
  });
}

async function resize(context: CallContext, disk: Row, wanted: number): Promise<void> {
  const { pool } = context;
  const before = numberField(disk, 'virtual_size');
  const base = pool.identifiers.uuid();
  let outcome: 'shared' | 'split' | undefined;
  await withDisk(context, disk, {
    operation: 'resize',
    failure: 'resize',
    check: (home) => {
      if (!keepsVhds(home) || sizeIn(home, wanted) >= before) return;
      throw new XapiFault(
        'SR_BACKEND_FAILURE_79',
        '',
        'VDI Invalid size [opterr=shrinking not allowed]',
        '',
      );
    },
    prepare: async (home) => {
      const size = sizeIn(home, wanted);
      if (size <= before) return;
      outcome = await changesOf(pool, home)?.resize(textField(disk, 'uuid'), base, size);
    },
    apply: (home) => {
      const size = sizeIn(home, wanted);
      if (outcome === 'split') splitDisk(pool.database, { disk, home, base });
      pool.database.set(disk, 'virtual_size', size);
      if (!keepsVhds(home)) pool.database.set(disk, 'physical_utilisation', size);
    },
  });
}

function ofDisk(
  act: (context: CallContext, disk: Row, argument: Json | undefined) => void | Promise<void>,
): Behaviour {
  return async (context, [ref, argument]) => {
    await act(context, context.pool.database.get('VDI', textOf(ref)), argument);
    return '';
  };
}

/** A label is the storage manager's too, so it has to be there. */
function setLabel(field: 'name_label' | 'name_description') {
  return (context: CallContext, disk: Row, value: Json | undefined): void => {
    const text = textOf(value);
    const home = homeOf(context, disk);
    assertPlugged(context.pool.database, home);
    assertBackendWell(home, disk);
    context.pool.database.set(disk, field, text);
  };
}

function setOnBoot(context: CallContext, disk: Row, value: Json | undefined): void {
  const type = classNamed(context.pool, 'VDI').fields.get('on_boot')?.type ?? { kind: 'string' };
  const when = storedValue(type, value);
  assertDiskAllows(context, disk, 'set_on_boot');
  context.pool.database.set(disk, 'on_boot', when);
}

/** Only the storage manager itself may write these. */
const denied: Behaviour = ({ pool }, [ref]) => {
  pool.database.get('VDI', textOf(ref));
  throw new XapiFault('PERMISSION_DENIED', '');
};

/** Disks. */
export const DISKS: Behaviours = {
  ...DISK_CHANGES,
  ...DISK_MOVES,
  ...INTRODUCTIONS,
  'VDI.create': (context, [record]) => create(context, structOf(record)),
  'VDI.clone': (context, [ref]) =>
    branch(context, context.pool.database.get('VDI', textOf(ref)), 'clone'),
  'VDI.snapshot': (context, [ref]) =>
    branch(context, context.pool.database.get('VDI', textOf(ref)), 'snapshot'),
  'VDI.resize': ofDisk((context, disk, size) => resize(context, disk, integerOf(size))),
  'VDI.destroy': ofDisk(destroy),
  'VDI.forget': ofDisk((context, disk) => {
    assertDiskAllows(context, disk, 'forget');
    const home = homeOf(context, disk);
    removeRow(context, disk);
    accountFor(context.pool.database, home);
  }),
  'VDI.update': ofDisk((context, disk) => assertDiskAllows(context, disk, 'update')),
  'VDI.set_name_label': ofDisk(setLabel('name_label')),
  'VDI.set_name_description': ofDisk(setLabel('name_description')),
  'VDI.set_on_boot': ofDisk(setOnBoot),
  'VDI.set_allow_caching': ofDisk(({ pool }, disk, value) => {
    pool.database.set(disk, 'allow_caching', flagOf(value));
  }),
  'VDI.set_sharable': denied,
  'VDI.set_read_only': denied,
};
