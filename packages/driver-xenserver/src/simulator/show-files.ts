import type { Database, Row } from './database.js';
import { noteParent } from './disk-chain.js';
import type { DiskFile } from './disk-files.js';
import { textField } from './record.js';

function showFile(database: Database, repository: Row, found: DiskFile): void {
  const known = database.byUuid('VDI', found.uuid);
  // Another repository shows the same share.
  if (known !== undefined && textField(known, 'SR') !== repository.ref) return;
  const row =
    known ??
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
  database.set(row, 'virtual_size', found.virtualBytes);
  database.set(row, 'physical_utilisation', found.physicalBytes);
  database.set(row, 'managed', !found.hidden);
  noteParent(database, row, found.parent);
}

/** Brings the rows of a repository in line with its files; rows that a VBD uses stay though their file is gone. */
export function showFiles(database: Database, repository: Row, disks: readonly DiskFile[]): void {
  for (const found of disks) showFile(database, repository, found);
  const there = new Set(disks.map((found) => found.uuid));
  for (const ref of repository.links.get('VDIs') ?? []) {
    const row = database.get('VDI', ref);
    const used = (row.links.get('VBDs')?.size ?? 0) > 0;
    if (!there.has(textField(row, 'uuid')) && !used) database.remove(row);
  }
}
