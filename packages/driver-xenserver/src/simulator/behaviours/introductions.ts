import type { Json } from '@gdcloud/core';
import { asText, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import {
  accountFor,
  assertBackendWell,
  assertPlugged,
  assertRepositoryAllows,
} from '../storage-manager.js';
import { storedValue } from '../values.js';
import { classNamed } from './class-named.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The parameters of `VDI.introduce`, in its order. */
const FIELDS = [
  'uuid',
  'name_label',
  'name_description',
  'SR',
  'type',
  'sharable',
  'read_only',
  'other_config',
  'location',
  'xenstore_data',
  'sm_config',
  'managed',
  'virtual_size',
  'physical_utilisation',
  'metadata_of_pool',
  'is_a_snapshot',
  'snapshot_time',
  'snapshot_of',
];

/** Makes a row for a disk that exists already. The first eleven fields are asked for, the others may be left off. */
function introduce(context: CallContext, args: readonly Json[]): string {
  const { pool } = context;
  const { database } = pool;
  const schema = classNamed(pool, 'VDI').fields;
  const fields: Record<string, Json> = {};
  for (const [index, name] of FIELDS.entries()) {
    const type = schema.get(name)?.type;
    const value = args[index];
    if (type !== undefined && value !== undefined) fields[name] = storedValue(type, value);
  }
  const home = database.get('SR', textOf(args[3]));
  assertPlugged(database, home);
  assertRepositoryAllows(context, home, 'vdi_introduce');
  assertBackendWell(home);
  const location = asText(fields['location']);
  for (const ref of home.links.get('VDIs') ?? []) {
    if (textField(database.get('VDI', ref), 'location') === location) {
      throw new XapiFault('LOCATION_NOT_UNIQUE', home.ref, location);
    }
  }
  const uuid = asText(fields['uuid']);
  if (!UUID.test(uuid)) throw new XapiFault('UUID_INVALID', 'VDI', uuid);
  const disk = database.insert('VDI', { managed: true, ...fields });
  accountFor(database, home);
  return disk.ref;
}

/** Rows for disks that others have made. */
export const INTRODUCTIONS: Behaviours = { 'VDI.introduce': introduce };
