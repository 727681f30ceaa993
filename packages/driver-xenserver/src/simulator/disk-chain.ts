import type { Database, Row } from './database.js';
import { numberField, textField } from './record.js';
import { textMap } from './values.js';

/** How many bases a disk may have; beyond that the storage manager refuses to clone it. */
export const MOST_BASES = 30;

/** The key under which the storage manager notes what a disk's file reads from. */
const PARENT = 'vhd-parent';

function parentOf(database: Database, disk: Row): Row | undefined {
  const { [PARENT]: parent } = textMap(disk.fields.get('sm_config'));
  return parent === undefined ? undefined : database.byUuid('VDI', parent);
}

/** How many bases a disk has. */
export function chainDepth(database: Database, disk: Row): number {
  let depth = 0;
  for (
    let parent = parentOf(database, disk);
    parent !== undefined && depth <= MOST_BASES;
    parent = parentOf(database, parent)
  ) {
    depth += 1;
  }
  return depth;
}

/** Writes down what a disk reads from. */
export function noteParent(database: Database, disk: Row, parent: string | undefined): void {
  const { [PARENT]: before, ...others } = textMap(disk.fields.get('sm_config'));
  if (before === parent) return;
  database.set(disk, 'sm_config', parent === undefined ? others : { ...others, [PARENT]: parent });
}

/** What a disk was cloned from and to. */
export interface Branching {
  readonly disk: Row;
  readonly copy: Row;
  readonly home: Row;
  /** The uuid under which what `disk` held is found now. */
  readonly base: string;
}

/** A row for the base that a disk and its clone share from now on: only bases are unmanaged. */
export function branchDisk(database: Database, { disk, copy, home, base }: Branching): void {
  const { [PARENT]: parent } = textMap(disk.fields.get('sm_config'));
  database.insert('VDI', {
    uuid: base,
    location: base,
    SR: home.ref,
    name_label: 'base copy',
    type: textField(disk, 'type'),
    virtual_size: numberField(disk, 'virtual_size'),
    physical_utilisation: numberField(disk, 'physical_utilisation'),
    managed: false,
    read_only: true,
    sm_config: { vdi_type: 'vhd', ...(parent === undefined ? {} : { [PARENT]: parent }) },
  });
  noteParent(database, disk, base);
  noteParent(database, copy, base);
}
