import { NULL_REF } from '../datamodel/ref.js';
import type { Database, Row } from './database.js';
import { XapiFault } from './fault.js';
import type { Pool } from './pool.js';
import { textField } from './record.js';
import { isTrue, textList } from './values.js';
import { xapiTime } from './xapi-time.js';

/** What XAPI names the n-th disk in a guest. */
export function deviceName(userdevice: string): string {
  const number = Number(userdevice);
  return Number.isInteger(number) ? `xvd${String.fromCharCode(97 + (number % 26))}` : userdevice;
}

function assertWritable(database: Database, vbd: Row): void {
  const vm = database.get('VM', textField(vbd, 'VM'));
  const disk = textField(vbd, 'type') === 'Disk' && textField(vm, 'HVM_boot_policy') !== '';
  if (disk && textField(vbd, 'mode') !== 'RW') {
    throw new XapiFault('DISK_VBD_MUST_BE_READWRITE_FOR_HVM', vbd.ref);
  }
}

/** Throws `VDI_IN_USE` when attaching `vbd` would let a disk be written twice: by what is attached or `joins` it. */
export function assertDiskFree(
  database: Database,
  vbd: Row,
  joins: (other: Row) => boolean = () => false,
): void {
  assertWritable(database, vbd);
  const disk = database.find('VDI', textField(vbd, 'VDI'));
  if (disk === undefined || isTrue(disk.fields.get('sharable'))) return;
  for (const ref of disk.links.get('VBDs') ?? []) {
    const other = database.get('VBD', ref);
    const writes = [vbd, other].some((row) => textField(row, 'mode') === 'RW');
    const together = isTrue(other.fields.get('currently_attached')) || joins(other);
    if (other.ref !== vbd.ref && writes && together) throw new XapiFault('VDI_IN_USE', disk.ref);
  }
}

function devices(database: Database, vm: Row, kind: 'VBD' | 'VIF'): readonly Row[] {
  return [...(vm.links.get(`${kind}s`) ?? [])].map((ref) => database.get(kind, ref));
}

/** Throws what keeps the VM's devices from being attached. */
export function assertDevicesReady(database: Database, vm: Row): void {
  for (const vbd of devices(database, vm, 'VBD')) {
    assertDiskFree(database, vbd, (other) => textField(other, 'VM') === vm.ref);
  }
}

/** Makes a halted VM run on `host`: a new domain with all devices attached and a guest that reports its addresses. */
export function bootDomain(pool: Pool, vm: Row, host: Row, state: 'Running' | 'Paused'): void {
  const { database } = pool;
  for (const vbd of devices(database, vm, 'VBD')) {
    database.set(vbd, 'currently_attached', true);
    database.set(vbd, 'device', deviceName(textField(vbd, 'userdevice')));
  }
  for (const vif of devices(database, vm, 'VIF')) database.set(vif, 'currently_attached', true);
  for (const protocol of pool.settings.consoles) {
    const console = database.insert('console', { VM: vm.ref, protocol });
    const origin = pool.origin ?? `https://${textField(host, 'address')}`;
    database.set(console, 'location', `${origin}/console?ref=${console.ref}`);
  }
  const metrics = database.find('VM_metrics', textField(vm, 'metrics'));
  if (metrics !== undefined) database.set(metrics, 'start_time', xapiTime(pool.clock.now()));
  reportGuest(database, vm);
  database.set(vm, 'domid', pool.nextDomain());
  database.set(vm, 'resident_on', host.ref);
  database.set(vm, 'power_state', state);
}

function reportGuest(database: Database, vm: Row): void {
  const before = database.find('VM_guest_metrics', textField(vm, 'guest_metrics'));
  if (before !== undefined) database.remove(before);
  const networks: Record<string, string> = {};
  for (const vif of devices(database, vm, 'VIF')) {
    const device = textField(vif, 'device');
    const [address = `169.254.0.${Number(device) + 1}`] = textList(vif.fields.get('ipv4_allowed'));
    networks[`${device}/ip`] = address;
    networks[`${device}/ipv4/0`] = address;
  }
  const metrics = database.insert('VM_guest_metrics', {
    networks,
    os_version: { name: 'Linux', distro: 'simulated' },
    PV_drivers_detected: true,
    PV_drivers_version: { major: '6', minor: '2', micro: '0', build: '1' },
    live: true,
  });
  database.set(vm, 'guest_metrics', metrics.ref);
}

/** Ends a VM's domain. The state first, then the devices, in the order a real XAPI reports them. */
export function endDomain(database: Database, vm: Row): void {
  database.set(vm, 'power_state', 'Halted');
  database.set(vm, 'domid', -1);
  database.set(vm, 'resident_on', NULL_REF);
  for (const kind of ['VBD', 'VIF'] as const) {
    for (const device of devices(database, vm, kind)) {
      database.set(device, 'currently_attached', false);
    }
  }
  for (const ref of vm.links.get('consoles') ?? []) {
    database.remove(database.get('console', ref));
  }
}

/** A reboot: the same VM in a new domain. */
export function rebootDomain(pool: Pool, vm: Row): void {
  pool.database.set(vm, 'domid', pool.nextDomain());
  reportGuest(pool.database, vm);
}
