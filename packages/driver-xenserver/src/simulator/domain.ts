import { NULL_REF } from '../datamodel/ref.js';
import type { Database, Row } from './database.js';
import { deviceName } from './device-number.js';
import type { Pool } from './pool.js';
import { numberField, textField } from './record.js';
import { awaitGuest } from './vm/guest.js';
import { isFlagSet } from './vm/read-vm-facts.js';
import { xapiTime } from './xapi-time.js';

/** A VM's disks or its network cards. */
export function devices(database: Database, vm: Row, kind: 'VBD' | 'VIF'): readonly Row[] {
  return [...(vm.links.get(`${kind}s`) ?? [])].map((ref) => database.get(kind, ref));
}

function attachAll(database: Database, vm: Row): void {
  for (const vbd of devices(database, vm, 'VBD')) {
    database.set(vbd, 'currently_attached', true);
    database.set(vbd, 'device', deviceName(textField(vbd, 'userdevice')));
  }
  for (const vif of devices(database, vm, 'VIF')) database.set(vif, 'currently_attached', true);
}

function detachAll(database: Database, vm: Row): void {
  for (const kind of ['VBD', 'VIF'] as const) {
    for (const device of devices(database, vm, kind)) {
      database.set(device, 'currently_attached', false);
    }
  }
}

function addConsoles(pool: Pool, vm: Row, host: Row): void {
  const { database, settings } = pool;
  for (const protocol of settings.consoles) {
    const console = database.insert('console', { VM: vm.ref, protocol });
    const origin = pool.origin ?? `https://${textField(host, 'address')}`;
    database.set(console, 'location', `${origin}/console?ref=${console.ref}`);
  }
}

function removeConsoles(database: Database, vm: Row): void {
  for (const ref of vm.links.get('consoles') ?? []) database.remove(database.get('console', ref));
}

function isFullyVirtual(vm: Row): boolean {
  return textField(vm, 'domain_type') === 'hvm';
}

function describeDomain(pool: Pool, vm: Row): void {
  const metrics = pool.database.find('VM_metrics', textField(vm, 'metrics'));
  if (metrics === undefined) return;
  const platform = vm.fields.get('platform');
  const facts = {
    start_time: xapiTime(pool.clock.now()),
    current_domain_type: textField(vm, 'domain_type'),
    hvm: isFullyVirtual(vm),
    VCPUs_number: numberField(vm, 'VCPUs_at_startup'),
    memory_actual: numberField(vm, 'memory_dynamic_max'),
    nomigrate: isFlagSet(platform, 'nomigrate'),
    nested_virt: isFlagSet(platform, 'nested-virt'),
  };
  for (const [name, value] of Object.entries(facts)) pool.database.set(metrics, name, value);
}

function place(pool: Pool, vm: Row, host: Row, state: 'Running' | 'Paused'): void {
  const { database } = pool;
  addConsoles(pool, vm, host);
  describeDomain(pool, vm);
  database.set(vm, 'domid', pool.nextDomain());
  database.set(vm, 'resident_on', host.ref);
  database.set(vm, 'scheduled_to_be_resident_on', NULL_REF);
  database.set(vm, 'power_state', state);
}

/** Makes a halted VM run on `host`: a new domain with all devices attached and a guest that reports its addresses. */
export function bootDomain(pool: Pool, vm: Row, host: Row, state: 'Running' | 'Paused'): void {
  attachAll(pool.database, vm);
  place(pool, vm, host, state);
  awaitGuest(pool, vm);
}

/** Makes a suspended VM go on where it was. The recorded hypervisor forgets its devices (see the setting). */
export function resumeDomain(pool: Pool, vm: Row, host: Row, state: 'Running' | 'Paused'): void {
  if (pool.settings.hypervisor === 'xen') attachAll(pool.database, vm);
  place(pool, vm, host, state);
}

/** Ends a VM's domain. The state first, then the devices, in the order a real XAPI reports them. */
export function endDomain(pool: Pool, vm: Row, state: 'Halted' | 'Suspended' = 'Halted'): void {
  const { database } = pool;
  database.set(vm, 'power_state', state);
  if (state === 'Halted') database.set(vm, 'requires_reboot', false);
  database.set(vm, 'domid', -1);
  database.set(vm, 'resident_on', NULL_REF);
  database.set(vm, 'scheduled_to_be_resident_on', NULL_REF);
  detachAll(database, vm);
  removeConsoles(database, vm);
}

/** A reboot: the same VM in a new domain. On a real hypervisor that attaches what was added meanwhile. */
export function rebootDomain(pool: Pool, vm: Row): void {
  if (pool.settings.hypervisor === 'xen') attachAll(pool.database, vm);
  describeDomain(pool, vm);
  pool.database.set(vm, 'requires_reboot', false);
  pool.database.set(vm, 'domid', pool.nextDomain());
  pool.database.set(vm, 'power_state', 'Running');
  awaitGuest(pool, vm);
}

/** Moves a running domain to another host: a new domain there, with consoles of that host. */
export function moveDomain(pool: Pool, vm: Row, host: Row): void {
  const { database } = pool;
  removeConsoles(database, vm);
  addConsoles(pool, vm, host);
  database.set(vm, 'domid', pool.nextDomain());
  database.set(vm, 'resident_on', host.ref);
  database.set(vm, 'scheduled_to_be_resident_on', NULL_REF);
}
