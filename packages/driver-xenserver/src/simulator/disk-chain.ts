import type { Database, Row } from './database.js';
import { numberField, textField } from './record.js';
import { textMap } from './values.js';

/** How many bases a disk may have; beyond that the storage manager refuses to clone it. */
export const MOST_BASES = 30;

/** The key under which the storage manager notes what a disk's file reads from. */
const PARENT = 'vhd-parent';

/** The uuid of the disk whose file this one's reads from; undefined when it holds everything itself. */
export function parentOf(disk: Row): string | undefined {
  return textMap(disk.fields.get('sm_config'))[PARENT];
}

/** How many bases a disk has. */
export function chainDepth(database: Database, disk: Row): number {
  let depth = 0;
  let parent = parentOf(disk);
  while (parent !== undefined && depth <= MOST_BASES) {
    depth += 1;
    const row = database.byUuid('VDI', parent);
    parent = row && parentOf(row);
  }
  return depth;
}

/** Writes down what a disk reads from. */
export function noteParent(database: Database, disk: Row, parent: string | undefined): void {
  const { [PARENT]: before, ...others } = textMap(disk.fields.get('sm_config'));
  if (before === parent) return;
  database.set(disk, 'sm_config', parent === undefined ? others : { ...others, [PARENT]: parent });
}

/** What a disk held, and where it is now. */
export interface Split {
  readonly disk: Row;
  readonly home: Row;
  /** The uuid under which what `disk` held is found now. */
  readonly base: string;
}

/** A row for the base that a disk reads from now on: only bases are unmanaged. */
export function splitDisk(database: Database, { disk, home, base }: Split): void {
  const parent = parentOf(disk);
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
}
