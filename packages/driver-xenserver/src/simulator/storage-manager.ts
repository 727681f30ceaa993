import { pause } from '../pause.js';
import type { CallContext } from './context.js';
import type { Database, Row } from './database.js';
import type { DiskChanges, DiskFiles } from './disk-files.js';
import { XapiFault } from './fault.js';
import type { Pool } from './pool.js';
import { numberField, textField } from './record.js';
import { type SrOperation, srFault } from './rules/sr-rules.js';
import { srFactsOf, vdiFactsOf } from './rules/storage-facts-of.js';
import { type VdiOperation, vdiFault } from './rules/vdi-rules.js';
import { isTrue, textMap } from './values.js';

/** Kinds of repositories whose disks are VHDs. */
const VHD_TYPES: ReadonlySet<string> = new Set([
  'nfs',
  'ext',
  'file',
  'lvm',
  'lvmoiscsi',
  'lvmohba',
]);

/** How long what is called slow takes on the fresh host of the recordings, in milliseconds. */
const SLOW_MS = 3000;
const ROUNDING = 2 * 2 ** 20;
const LARGEST = 2040 * 2 ** 30;
/** What a new VHD takes up before anything is written to it, in bytes. */
const NEW_FILE = 2 ** 20;

/** Throws `SR_HAS_NO_PBDS` unless a host has the repository plugged. */
export function assertPlugged(database: Database, repository: Row): void {
  const plugged = [...(repository.links.get('PBDs') ?? [])].some((ref) =>
    isTrue(database.get('PBD', ref).fields.get('currently_attached')),
  );
  if (!plugged) throw new XapiFault('SR_HAS_NO_PBDS', repository.ref);
}

/** Throws what speaks against an operation on a disk; what the call itself has marked does not count. */
export function assertDiskAllows(context: CallContext, disk: Row, operation: VdiOperation): void {
  const { pool, task } = context;
  const facts = vdiFactsOf(pool.database, disk, pool.settings.asOf);
  const fault = vdiFault(operation, {
    ...facts,
    operations: facts.operations.filter((running) => running.task !== task),
  });
  if (fault !== undefined) throw fault;
}

/** Throws what speaks against an operation on a repository; what the call itself has marked does not count. */
export function assertRepositoryAllows(
  context: CallContext,
  repository: Row,
  operation: SrOperation,
): void {
  const { pool, task } = context;
  const facts = srFactsOf(pool.database, repository, pool.settings.asOf);
  const operations = facts.operations.filter((running) => running.task !== task);
  const fault = srFault(operation, { ...facts, operations });
  if (fault !== undefined) throw fault;
}

function backendFault(code: number, text: string, detail?: string): XapiFault {
  const message = detail === undefined ? text : `${text} [opterr=${detail}]`;
  return new XapiFault(`SR_BACKEND_FAILURE_${code}`, '', message, '');
}

/** The disk can't be had: another host holds it, or its file is damaged. */
export function diskUnavailable(detail: string): XapiFault {
  return backendFault(46, 'The VDI is not available', detail);
}

/** The chain of a disk's bases has become too long to add to it. */
export function chainTooLong(): XapiFault {
  return backendFault(109, 'The snapshot chain is too long');
}

/**
 * Lets the time pass that the fresh host of the recordings takes for what is called slow. The storage manager does not
 * stop for a task that is cancelled.
 */
export async function storageTime(pool: Pool, ...rows: readonly (Row | string)[]): Promise<void> {
  if (pool.settings.fixture === undefined) return;
  const labels = rows.map((row) => (typeof row === 'string' ? row : textField(row, 'name_label')));
  if (!labels.some((label) => label.startsWith('slow'))) return;
  await pause(pool.clock, SLOW_MS, pool.closing.signal);
}

/** The fresh host of the recordings fails in the operation that a disk is named after: `fail-clone`. */
export function assertNotNamedToFail(pool: Pool, label: string, operation: string): void {
  if (pool.settings.fixture !== undefined && label === `fail-${operation}`) {
    throw diskUnavailable('simulated');
  }
}

/**
 * Throws the fault that somebody injected: `other_config:simulated-fault` of the repository is the number of the
 * storage manager's error, `47` for a share that is away.
 */
export function assertBackendWell(repository: Row, disk?: Row): void {
  const faultOf = (row: Row | undefined): string | undefined =>
    row && textMap(row.fields.get('other_config'))['simulated-fault'];
  const code = faultOf(repository) ?? faultOf(disk);
  if (code === undefined) return;
  const text = code === '47' ? 'The SR is not available' : 'The VDI is not available';
  throw backendFault(Number(code), text, 'simulated');
}

/** Whether the repository's disks are VHDs: with rounded sizes, bases that clones share, and locks in `sm_config`. */
export function keepsVhds(repository: Row): boolean {
  return VHD_TYPES.has(textField(repository, 'type'));
}

/** The files behind a repository; undefined when its disks are only rows. */
export function filesOf(pool: Pool, repository: Row): DiskFiles | undefined {
  return textField(repository, 'type') === 'nfs' ? pool.disks : undefined;
}

/** What makes files behind a repository; undefined when its disks are only rows. */
export function changesOf(pool: Pool, repository: Row): DiskChanges | undefined {
  const files = filesOf(pool, repository);
  if (files === undefined) return undefined;
  // Files are the storage driver's to make: this repository only shows them.
  if (files.changes === undefined)
    throw new XapiFault('SR_OPERATION_NOT_SUPPORTED', repository.ref);
  return files.changes;
}

/** The size that a repository gives to a disk that should have `wanted` bytes; throws where it can't. */
export function sizeIn(repository: Row, wanted: number): number {
  if (!keepsVhds(repository)) return wanted;
  const size = Math.max(1, Math.ceil(wanted / ROUNDING)) * ROUNDING;
  if (wanted < 0 || size > LARGEST) {
    throw backendFault(79, 'VDI Invalid size', 'VDI size must be between 1 MB and 2088960 MB');
  }
  return size;
}

/** Throws when a repository has no room for another file. */
export function assertRoom(repository: Row): void {
  const size = numberField(repository, 'physical_size');
  const full = numberField(repository, 'physical_utilisation') + NEW_FILE > size;
  if (keepsVhds(repository) && size > 0 && full) {
    throw backendFault(44, 'There is insufficient space');
  }
}

/** Adds up what a repository's disks take. */
export function accountFor(database: Database, repository: Row): void {
  const disks = [...(repository.links.get('VDIs') ?? [])].map((ref) => database.get('VDI', ref));
  const sum = (field: string): number =>
    disks.reduce((total, disk) => total + numberField(disk, field), 0);
  database.set(repository, 'physical_utilisation', sum('physical_utilisation'));
  database.set(repository, 'virtual_allocation', sum('virtual_size'));
}
