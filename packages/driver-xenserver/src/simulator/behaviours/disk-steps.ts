import type { CallContext } from '../context.js';
import type { Row } from '../database.js';
import { textField } from '../record.js';
import type { VdiOperation } from '../rules/vdi-rules.js';
import {
  accountFor,
  assertBackendWell,
  assertDiskAllows,
  assertNotNamedToFail,
  assertPlugged,
  keepsVhds,
  storageTime,
} from '../storage-manager.js';
import { xapiTime } from '../xapi-time.js';

/** The repository that a disk is in. */
export function homeOf({ pool }: CallContext, disk: Row): Row {
  return pool.database.get('SR', textField(disk, 'SR'));
}

/** One thing that is done with a disk. */
export interface Step {
  readonly operation: VdiOperation;
  /** What a disk is called that fails in this step on the fresh host of the recordings. */
  readonly failure: string;
  readonly check?: ((home: Row) => void) | undefined;
  readonly prepare?: ((home: Row) => Promise<void>) | undefined;
  readonly apply: (home: Row) => void;
}

/** Does one thing with a disk, alone, through its repository. */
export async function withDisk(context: CallContext, disk: Row, step: Step): Promise<void> {
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

/** What the storage manager notes in `sm_config` of every disk in a repository. */
export function kindOf(home: Row): Readonly<Record<string, string>> {
  return keepsVhds(home) ? { vdi_type: 'vhd' } : {};
}

/** The copy of a disk: what it says, with an identity and a time of its own. */
export function copyOf(context: CallContext, disk: Row, home: Row, uuid: string): Row {
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
