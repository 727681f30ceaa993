import type { Changes, Database, Row } from './database.js';
import { textField } from './record.js';
import { diskUnavailable, keepsVhds } from './storage-manager.js';
import { isTrue, textMap } from './values.js';

/** The storage manager notes in `sm_config` which hosts have a disk open: `host_<reference>` is `RW` or `RO`. */
const PREFIX = 'host_';

function hostsWith(database: Database, disk: Row): ReadonlyMap<string, string> {
  const hosts = new Map<string, string>();
  for (const ref of disk.links.get('VBDs') ?? []) {
    const vbd = database.get('VBD', ref);
    const vm = database.find('VM', textField(vbd, 'VM'));
    const host = vm === undefined ? '' : textField(vm, 'resident_on');
    if (!isTrue(vbd.fields.get('currently_attached')) || !database.find('host', host)) continue;
    const mode = textField(vbd, 'mode');
    if (hosts.get(host) !== 'RW') hosts.set(host, mode);
  }
  return hosts;
}

function isLive(database: Database, host: string): boolean {
  const row = database.find('host', host);
  const metrics = row && database.find('host_metrics', textField(row, 'metrics'));
  return isTrue(metrics?.fields.get('live'));
}

/** A host that died takes its notes with it to the grave: only somebody who knows that it is dead may remove them. */
function noteHosts(database: Database, disk: Row): void {
  const home = database.find('SR', textField(disk, 'SR'));
  if (home === undefined || !keepsVhds(home)) return;
  const before = textMap(disk.fields.get('sm_config'));
  const kept = Object.entries(before).filter(
    ([key]) => !key.startsWith(PREFIX) || !isLive(database, key.slice(PREFIX.length)),
  );
  const now = [...hostsWith(database, disk)].map(([host, mode]) => [`${PREFIX}${host}`, mode]);
  const after: Readonly<Record<string, string>> = Object.fromEntries([...kept, ...now]);
  const same =
    Object.keys(after).length === Object.keys(before).length &&
    Object.entries(after).every(([key, value]) => before[key] === value);
  if (!same) database.set(disk, 'sm_config', after);
}

/** Notes which hosts have the disks open that `changes` concern. */
export function noteOpenDisks(database: Database, { written }: Changes): void {
  const disks = new Set<Row>();
  const add = (vbd: Row): void => {
    const disk = database.find('VDI', textField(vbd, 'VDI'));
    if (disk !== undefined) disks.add(disk);
  };
  for (const [row, fields] of written) {
    const changed = (name: string): boolean => fields !== 'all' && fields.has(name);
    if (row.class === 'VBD' && changed('currently_attached')) add(row);
    if (row.class !== 'VM' || !changed('resident_on')) continue;
    for (const ref of row.links.get('VBDs') ?? []) add(database.get('VBD', ref));
  }
  for (const disk of disks) noteHosts(database, disk);
}

/** Throws the storage manager's error 46 when another host has the disk open for writing, or seems to. */
export function assertNotOpenElsewhere(disk: Row, host: string): void {
  if (isTrue(disk.fields.get('sharable'))) return;
  for (const [key, mode] of Object.entries(textMap(disk.fields.get('sm_config')))) {
    if (!key.startsWith(PREFIX) || key === `${PREFIX}${host}` || mode !== 'RW') continue;
    throw diskUnavailable(`VDI ${textField(disk, 'uuid')} not detached cleanly`);
  }
}

/** Throws the storage manager's error 46 when another host has, or seems to have, one of a VM's disks open. */
export function assertDisksOpenNowhereElse(database: Database, vm: Row, host: string): void {
  for (const ref of vm.links.get('VBDs') ?? []) {
    const disk = database.find('VDI', textField(database.get('VBD', ref), 'VDI'));
    if (disk !== undefined) assertNotOpenElsewhere(disk, host);
  }
}
