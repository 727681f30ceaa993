import type { Changes, Database, Row } from '../database.js';
import { textField } from '../record.js';
import { textList } from '../values.js';
import { readVmFacts } from '../vm/read-vm-facts.js';
import { allowedVmOperations } from '../vm/vm-rules.js';
import { vbdFactsOf, vifFactsOf } from './device-facts-of.js';
import { allowedHostOperations, allowedPoolOperations } from './host-rules.js';
import { allowedSrOperations } from './sr-rules.js';
import { srFactsOf, vdiFactsOf } from './storage-facts-of.js';
import { allowedVbdOperations } from './vbd-rules.js';
import { allowedVdiOperations } from './vdi-rules.js';
import { allowedVifOperations } from './vif-rules.js';

type Recompute = (database: Database, row: Row, release: string) => readonly string[];

const RECOMPUTE: Readonly<Record<string, Recompute>> = {
  VM: (database, row, release) => allowedVmOperations(readVmFacts(database, row, release)),
  VBD: (database, row) => allowedVbdOperations(vbdFactsOf(database, row)),
  VIF: (database, row) => allowedVifOperations(vifFactsOf(database, row)),
  VDI: (database, row, release) => allowedVdiOperations(vdiFactsOf(database, row, release)),
  SR: (database, row, release) => allowedSrOperations(srFactsOf(database, row, release)),
  host: (_database, row) => allowedHostOperations(row),
  pool: (_database, row) => allowedPoolOperations(row),
};

/**
 * What `allowed_operations` of a VM, a device, a disk or a repository would be if it were worked out now; undefined for other
 * classes and where a link of the object dangles.
 */
export function operationsAllowedNow(
  database: Database,
  row: Row,
  release: string,
): readonly string[] | undefined {
  const { [row.class]: recompute } = RECOMPUTE;
  const dangling =
    (row.class === 'VDI' && database.find('SR', textField(row, 'SR')) === undefined) ||
    (/^V(BD|IF)$/.test(row.class) && database.find('VM', textField(row, 'VM')) === undefined);
  return dangling ? undefined : recompute?.(database, row, release);
}

/** Fields whose change makes XAPI work out anew what their object allows; other changes leave the list as it was. */
const WATCHED: Readonly<Record<string, readonly string[]>> = {
  VBD: ['currently_attached', 'current_operations', 'VDI', 'empty'],
  VIF: ['currently_attached', 'current_operations'],
  VDI: ['current_operations', 'managed'],
  SR: ['current_operations'],
  PBD: ['currently_attached'],
  VM: ['current_operations', 'power_state', 'guest_metrics'],
  VM_guest_metrics: ['other', 'PV_drivers_detected', 'PV_drivers_version'],
  host: ['current_operations', 'enabled'],
  pool: ['current_operations', 'ha_enabled', 'tls_verification_enabled'],
};

/** The objects whose lists depend on `row`, among them itself. */
function* dependents(database: Database, row: Row): Iterable<Row | undefined> {
  const devices = (): (Row | undefined)[] => [
    ...[...(row.links.get('VBDs') ?? [])].map((ref) => database.find('VBD', ref)),
    ...[...(row.links.get('VIFs') ?? [])].map((ref) => database.find('VIF', ref)),
  ];
  switch (row.class) {
    case 'VBD':
      yield row;
      yield database.find('VDI', textField(row, 'VDI'));
      return;
    case 'VDI':
      yield row;
      yield database.find('SR', textField(row, 'SR'));
      return;
    case 'VIF':
    case 'SR':
    case 'host':
    case 'pool':
      yield row;
      return;
    case 'PBD':
      yield database.find('SR', textField(row, 'SR'));
      return;
    case 'VM':
      yield row;
      yield* devices();
      return;
    case 'VM_guest_metrics':
      for (const vm of database.rows('VM')) {
        if (textField(vm, 'guest_metrics') === row.ref) yield* dependents(database, vm);
      }
      return;
    default:
      return;
  }
}

/** Drives that were copied with their VM: XAPI does not work out their lists before they are used. */
const UNUSED = new WeakSet<Row>();

/** Leaves the list of a drive just copied empty until something happens to the drive itself. */
export function leaveUnlisted(vbd: Row): void {
  UNUSED.add(vbd);
}

function isWatched(row: Row, fields: ReadonlySet<string> | 'all'): boolean {
  const { [row.class]: watched } = WATCHED;
  return watched !== undefined && (fields === 'all' || watched.some((field) => fields.has(field)));
}

/** A VM's own operations under way concern itself; its state and its guest concern its devices too. */
function concerned(
  database: Database,
  row: Row,
  fields: ReadonlySet<string> | 'all',
): Iterable<Row | undefined> {
  const alone =
    row.class === 'VM' &&
    fields !== 'all' &&
    !fields.has('power_state') &&
    !fields.has('guest_metrics');
  return alone ? [row] : dependents(database, row);
}

/** Brings the lists of all objects up to date that `changes` concern, at the moments at which XAPI does. */
export function refreshAllowedOperations(
  database: Database,
  changes: Changes,
  release: string,
): void {
  const stale = new Set<Row>();
  for (const [row, fields] of changes.written) {
    if (!isWatched(row, fields)) continue;
    if (fields !== 'all') UNUSED.delete(row);
    for (const dependent of concerned(database, row, fields)) {
      if (dependent !== undefined && !UNUSED.has(dependent)) stale.add(dependent);
    }
  }
  for (const row of changes.relinked) {
    if (row.class === 'VDI' || row.class === 'SR') stale.add(row);
  }
  for (const row of stale) refreshOperations(database, row, release);
}

/** Works out the lists of all objects: they do not survive a restart. */
export function refreshAllAllowedOperations(database: Database, release: string): void {
  for (const name of Object.keys(RECOMPUTE)) {
    for (const row of database.rows(name)) refreshOperations(database, row, release);
  }
}

/** Works out one object's list now, whether or not anything changed. */
export function refreshOperations(database: Database, row: Row, release: string): void {
  const allowed = operationsAllowedNow(database, row, release);
  if (allowed === undefined) return;
  const before = textList(row.fields.get('allowed_operations'));
  if (before.join(' ') !== allowed.join(' ')) database.set(row, 'allowed_operations', allowed);
}
