import { isNullRef, NULL_REF } from '../datamodel/ref.js';
import type { Database, Row } from './database.js';
import { XapiFault } from './fault.js';
import type { Pool } from './pool.js';
import { numberField, textField } from './record.js';
import { isTrue, textMap } from './values.js';
import { overheadOf } from './vm/memory.js';
import { isFlagSet } from './vm/read-vm-facts.js';

/** Bytes a domain is charged with: what it can be squeezed to, and what Xen needs beside it. */
function charge(vm: Row): number {
  return numberField(vm, 'memory_dynamic_min') + numberField(vm, 'memory_overhead');
}

/** Memory that a host can still give to VMs, in bytes: those that run there and those let in there are charged. */
export function freeMemory({ database, reservations }: Pool, host: Row, except?: Row): number {
  const metrics = database.find('host_metrics', textField(host, 'metrics'));
  const total = metrics === undefined ? 0 : numberField(metrics, 'memory_total');
  const reserved = [...reservations].filter(([, there]) => there === host.ref).map(([vm]) => vm);
  let free = total - numberField(host, 'memory_overhead');
  for (const ref of new Set([...(host.links.get('resident_VMs') ?? []), ...reserved])) {
    const vm = database.find('VM', ref);
    if (vm !== undefined && vm !== except) free -= charge(vm);
  }
  return free;
}

/** Lets a VM in on a host while `work` runs: its memory is charged there and shows where it is going. */
export async function withReservation<T>(
  { database, reservations }: Pool,
  vm: Row,
  host: Row,
  work: () => Promise<T>,
): Promise<T> {
  reservations.set(vm.ref, host.ref);
  database.set(vm, 'scheduled_to_be_resident_on', host.ref);
  try {
    return await work();
  } finally {
    reservations.delete(vm.ref);
    if (database.find('VM', vm.ref) !== undefined)
      database.set(vm, 'scheduled_to_be_resident_on', NULL_REF);
  }
}

/** Whether a host's toolstack answers. */
export function isLive(database: Database, host: Row): boolean {
  const metrics = database.find('host_metrics', textField(host, 'metrics'));
  return metrics !== undefined && isTrue(metrics.fields.get('live'));
}

/** Whether a host's VMs are being moved away. */
export function isEvacuating(host: Row): boolean {
  return Object.values(textMap(host.fields.get('current_operations'))).includes('evacuate');
}

function assertSaneCpus(vm: Row): void {
  const most = numberField(vm, 'VCPUs_max');
  const atStartup = numberField(vm, 'VCPUs_at_startup');
  if (most < 1) throw new XapiFault('INVALID_VALUE', 'VCPUs_max', String(most));
  if (atStartup < 1) throw new XapiFault('INVALID_VALUE', 'VCPUs-at-startup', String(atStartup));
  if (atStartup > most)
    throw new XapiFault(
      'VALUE_NOT_SUPPORTED',
      'VCPUs-at-startup',
      String(atStartup),
      'value greater than VCPUs-max',
    );
}

/** Limits out of order are bent into order where that is possible: only the outer two must be. */
function assertSaneMemory(vm: Row): void {
  if (numberField(vm, 'memory_static_min') > numberField(vm, 'memory_static_max'))
    throw new XapiFault('MEMORY_CONSTRAINT_VIOLATION');
}

function assertSaneCrash(vm: Row): void {
  const action = textField(vm, 'actions_after_crash');
  const refuse = (reason: string): XapiFault =>
    new XapiFault('VALUE_NOT_SUPPORTED', 'VM.actions_after_crash', action, reason);
  if (action === 'rename_restart')
    throw refuse('option would leak a domain; VMs and not domains are managed by this API');
  if (action.startsWith('coredump') && textField(vm, 'domain_type') !== 'pv')
    throw refuse('cannot invoke a coredump of an HVM, PVH or PV-in-PVH domain');
}

/** Throws what keeps a VM's own configuration from booting anywhere. */
function assertSane(vm: Row): void {
  assertSaneCpus(vm);
  assertSaneMemory(vm);
  const multiplier = numberField(vm, 'HVM_shadow_multiplier');
  if (multiplier < 1)
    throw new XapiFault('INVALID_VALUE', 'HVM_shadow_multiplier', String(multiplier));
  assertSaneCrash(vm);
}

function assertStorage(database: Database, vm: Row, host: Row): void {
  const plugged = new Set(
    [...(host.links.get('PBDs') ?? [])]
      .map((ref) => database.get('PBD', ref))
      .filter((pbd) => isTrue(pbd.fields.get('currently_attached')))
      .map((pbd) => textField(pbd, 'SR')),
  );
  const disks = [...(vm.links.get('VBDs') ?? [])]
    .map((ref) => database.get('VBD', ref))
    .filter((vbd) => !isTrue(vbd.fields.get('empty')))
    .map((vbd) => textField(vbd, 'VDI'));
  if (vm.fields.get('power_state') === 'Suspended') disks.push(textField(vm, 'suspend_VDI'));
  for (const ref of disks) {
    const repository = textField(database.find('VDI', ref) ?? vm, 'SR');
    if (repository !== '' && !plugged.has(repository))
      throw new XapiFault('VM_REQUIRES_SR', vm.ref, repository);
  }
}

/** Throws unless some live host sees all of a VM's storage: only there can its disks be copied. */
export function assertStorageSeen({ database }: Pool, vm: Row): void {
  const seen = [...database.rows('host')].some((host) => {
    try {
      assertStorage(database, vm, host);
      return isLive(database, host);
    } catch {
      return false;
    }
  });
  if (!seen) throw new XapiFault('NO_HOSTS_AVAILABLE');
}

function assertNetworks(database: Database, vm: Row, host: Row): void {
  for (const ref of vm.links.get('VIFs') ?? []) {
    const network = database.find('network', textField(database.get('VIF', ref), 'network'));
    const interfaces = [...(network?.links.get('PIFs') ?? [])].map((pif) =>
      database.get('PIF', pif),
    );
    // A network without any interface is internal: it may be on every host.
    if (interfaces.length > 0 && !interfaces.some((pif) => textField(pif, 'host') === host.ref)) {
      throw new XapiFault('VM_REQUIRES_NETWORK', vm.ref, network?.ref ?? NULL_REF);
    }
  }
}

function assertMemory(pool: Pool, vm: Row, host: Row): void {
  const available = freeMemory(pool, host, vm);
  const needed = numberField(vm, 'memory_dynamic_min') + overheadOf(vm);
  if (available < needed)
    throw new XapiFault('HOST_NOT_ENOUGH_FREE_MEMORY', String(needed), String(available));
}

function assertProcessors(vm: Row, host: Row): void {
  const { cpu_count: count = '0' } = textMap(host.fields.get('cpu_info'));
  const cpus = numberField(vm, 'VCPUs_max');
  if (cpus <= Number(count) || isFlagSet(vm.fields.get('platform'), 'vcpu-unrestricted')) return;
  throw new XapiFault('HOST_NOT_ENOUGH_PCPUS', String(cpus), count);
}

/** Throws what keeps a VM from booting on a host, in the order in which XAPI looks. */
export function assertCanBootHere(pool: Pool, vm: Row, host: Row): void {
  const { database } = pool;
  assertSane(vm);
  if (!isLive(database, host)) throw new XapiFault('HOST_NOT_LIVE');
  const there =
    vm.fields.get('power_state') === 'Running' && textField(vm, 'resident_on') === host.ref;
  if (!there && !isTrue(host.fields.get('enabled'))) throw new XapiFault('HOST_DISABLED', host.ref);
  assertStorage(database, vm, host);
  assertNetworks(database, vm, host);
  assertMemory(pool, vm, host);
  assertProcessors(vm, host);
}

function fits(pool: Pool, vm: Row, host: Row): boolean {
  try {
    assertCanBootHere(pool, vm, host);
    return true;
  } catch {
    return false;
  }
}

/** The hosts on which a VM can boot; the one it was let in on, if any. */
export function possibleHosts(pool: Pool, vm: Row): readonly Row[] {
  const scheduled = textField(vm, 'scheduled_to_be_resident_on');
  if (!isNullRef(scheduled)) return [pool.database.get('host', scheduled)];
  return [...pool.database.rows('host')].filter((host) => fits(pool, vm, host));
}

/** The host a VM goes to when nobody said one: its affinity, or the one with most free memory of those wanted. */
export function chooseHost(
  pool: Pool,
  vm: Row,
  isWanted: (host: Row) => boolean = () => true,
): Row {
  const wanted = [...pool.database.rows('host')].filter(
    (host) => isWanted(host) && !isEvacuating(host) && fits(pool, vm, host),
  );
  const affinity = wanted.find((host) => host.ref === textField(vm, 'affinity'));
  const [roomiest] = wanted.sort((left, right) => freeMemory(pool, right) - freeMemory(pool, left));
  const chosen = affinity ?? roomiest;
  if (chosen === undefined) throw new XapiFault('NO_HOSTS_AVAILABLE');
  return chosen;
}

/** Throws what keeps a VM from booting on the host that somebody chose. */
export function assertPlace(pool: Pool, vm: Row, host: Row): void {
  if (isEvacuating(host)) throw new XapiFault('HOST_EVACUATE_IN_PROGRESS', host.ref);
  assertCanBootHere(pool, vm, host);
}
