import type { Json } from '@gdcloud/core';
import { asText, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Database, Row } from '../database.js';
import type { DiskFile } from '../disk-files.js';
import { XapiFault } from '../fault.js';
import { constructorFields } from '../generic.js';
import { textField } from '../record.js';
import { isTrue } from '../values.js';

const MEGABYTES_2 = 2 * 2 ** 20;

function attachedSomewhere(database: Database, disk: Row): boolean {
  return [...(disk.links.get('VBDs') ?? [])].some((ref) =>
    isTrue(database.get('VBD', ref).fields.get('currently_attached')),
  );
}

function assertIdle(database: Database, disk: Row, operation: string): void {
  if (attachedSomewhere(database, disk)) throw new XapiFault('VDI_IN_USE', disk.ref, operation);
}

function removeDisk(database: Database, disk: Row): void {
  for (const ref of disk.links.get('VBDs') ?? []) database.remove(database.get('VBD', ref));
  database.remove(disk);
}

function showDisk(database: Database, repository: Row, found: DiskFile): void {
  const row = database.byUuid('VDI', found.uuid);
  if (row === undefined) {
    database.insert('VDI', {
      uuid: found.uuid,
      name_label: '',
      SR: repository.ref,
      location: found.uuid,
      type: 'user',
      virtual_size: found.virtualBytes,
      physical_utilisation: found.physicalBytes,
      managed: !found.hidden,
      read_only: found.hidden,
      sm_config: { vdi_type: 'vhd' },
    });
    return;
  }
  database.set(row, 'virtual_size', found.virtualBytes);
  database.set(row, 'physical_utilisation', found.physicalBytes);
  database.set(row, 'managed', !found.hidden);
}

/** Brings the rows of a repository in line with its files; rows that a VBD uses stay though their file is gone. */
function applyScan(database: Database, repository: Row, disks: readonly DiskFile[]): void {
  for (const found of disks) showDisk(database, repository, found);
  const there = new Set(disks.map((found) => found.uuid));
  for (const ref of repository.links.get('VDIs') ?? []) {
    const row = database.get('VDI', ref);
    const used = (row.links.get('VBDs')?.size ?? 0) > 0;
    if (!there.has(textField(row, 'uuid')) && !used) database.remove(row);
  }
}

async function scan(context: CallContext, repository: Row): Promise<''> {
  const { database, operations, disks: files } = context.pool;
  const plugged = [...(repository.links.get('PBDs') ?? [])].some((ref) =>
    isTrue(database.get('PBD', ref).fields.get('currently_attached')),
  );
  if (!plugged) throw new XapiFault('SR_HAS_NO_PBDS', repository.ref);
  if (files === undefined) return '';
  let disks: readonly DiskFile[] = [];
  await operations.run(context, repository, {
    name: 'scan',
    latencyMs: 0,
    check: () => {},
    prepare: async () => {
      disks = await files.scan();
    },
    apply: () => applyScan(database, repository, disks),
  });
  return '';
}

function create({ pool }: CallContext, record: Json | undefined): string {
  const schema = pool.schema.get('VDI');
  if (schema === undefined) throw new Error('the datamodel has no VDI');
  const fields = constructorFields(schema, record);
  pool.database.get('SR', asText(fields['SR']));
  if (pool.disks !== undefined) {
    // Files are the storage driver's to make: this repository only shows them.
    throw new XapiFault('SR_OPERATION_NOT_SUPPORTED', asText(fields['SR']));
  }
  const size = Math.ceil(Number(fields['virtual_size']) / MEGABYTES_2) * MEGABYTES_2;
  const uuid = pool.identifiers.uuid();
  return pool.database.insert('VDI', {
    ...fields,
    uuid,
    location: uuid,
    virtual_size: size,
    managed: true,
  }).ref;
}

/** Disks and storage repositories. */
export const STORAGE: Behaviours = {
  'SR.scan': (context, [ref]) => scan(context, context.pool.database.get('SR', textOf(ref))),
  'VDI.create': (context, [record]) => create(context, record),
  'VDI.forget': ({ pool }, [ref]) => {
    const disk = pool.database.get('VDI', textOf(ref));
    assertIdle(pool.database, disk, 'forget');
    removeDisk(pool.database, disk);
    return '';
  },
  'VDI.destroy': async ({ pool }, [ref]) => {
    const disk = pool.database.get('VDI', textOf(ref));
    assertIdle(pool.database, disk, 'destroy');
    await pool.disks?.remove(textField(disk, 'uuid'));
    removeDisk(pool.database, disk);
    return '';
  },
};
