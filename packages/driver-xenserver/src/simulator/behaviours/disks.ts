import type { Json } from '@gdcloud/core';
import { isNullRef, NULL_REF } from '../../datamodel/ref.js';
import { asText, flagOf, integerOf, structOf, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { chainDepth, MOST_BASES, noteParent, parentOf, splitDisk } from '../disk-chain.js';
import { XapiFault } from '../fault.js';
import { constructorFields } from '../generic.js';
import { numberField, textField } from '../record.js';
import type { VdiOperation } from '../rules/vdi-rules.js';
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
import { isTrue, storedValue, textMap } from '../values.js';
import { xapiTime } from '../xapi-time.js';
import { classNamed } from './class-named.js';
import { INTRODUCTIONS } from './introductions.js';

function homeOf({ pool }: CallContext, disk: Row): Row {
  return pool.database.get('SR', textField(disk, 'SR'));
}

interface Step {
  readonly operation: VdiOperation;
  /** What a disk is called that fails in this step on the fresh host of the recordings. */
  readonly failure: string;
  readonly check?: ((home: Row) => void) | undefined;
  readonly prepare?: ((home: Row) => Promise<void>) | undefined;
  readonly apply: (home: Row) => void;
}

/** Does one thing with a disk, alone, through its repository. */
async function withDisk(context: CallContext, disk: Row, step: Step): Promise<void> {
  const { pool } = context;
  const home = homeOf(context, disk);
  await pool.operations.run(context, disk, {
    name: step.operation,
    latencyMs: 0,
    check: () => {
      assertDiskAllows(context, disk, step.operation);
      assertPlugged(pool.database, home);
      assertNotNamedToFail(pool, textField(disk, 'name_label'), step.failure);
      assertBackendWell(home, disk);
      step.check?.(home);
    },
    prepare: async () => {
      await storageTime(pool, disk);
      await step.prepare?.(home);
    },
    apply: () => {
      step.apply(home);
      accountFor(pool.database, home);
    },
  });
}

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

function kindOf(home: Row): Readonly<Record<string, string>> {
  return keepsVhds(home) ? { vdi_type: 'vhd' } : {};
}

/** The copy of a disk: what it says, with an identity and a time of its own. */
function copyOf(context: CallContext, disk: Row, home: Row, uuid: string): Row {
  const { pool } = context;
  const copied = [
    'name_label',
    'name_description',
    'type',
    'sharable',
    'read_only',
    'other_config',
    'xenstore_data',
    'virtual_size',
    'physical_utilisation',
  ];
  return pool.database.insert('VDI', {
    ...Object.fromEntries(copied.map((name) => [name, disk.fields.get(name) ?? ''])),
    SR: home.ref,
    uuid,
    location: uuid,
    managed: true,
    metadata_of_pool: '',
    sm_config: kindOf(home),
    snapshot_time: xapiTime(pool.clock.now()),
  });
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
  ...INTRODUCTIONS,
  'VDI.create': (context, [record]) => create(context, structOf(record)),
  'VDI.clone': (context, [ref]) =>
    branch(context, context.pool.database.get('VDI', textOf(ref)), 'clone'),
  'VDI.snapshot': (context, [ref]) =>
    branch(context, context.pool.database.get('VDI', textOf(ref)), 'snapshot'),
  'VDI.copy': copy,
  'VDI.pool_migrate': migrate,
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
