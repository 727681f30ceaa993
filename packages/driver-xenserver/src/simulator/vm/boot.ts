import type { CallContext } from '../context.js';
import type { Row } from '../database.js';
import { assertDisksOpenNowhereElse } from '../disk-locks.js';
import { bootDomain } from '../domain.js';
import { XapiFault } from '../fault.js';
import { assertPlace, chooseHost, withReservation } from '../placement.js';
import { textField } from '../record.js';
import { textMap } from '../values.js';
import { forgetGuest } from './guest.js';
import { updateOverhead } from './memory.js';
import { spendOn, withHostOperation } from './vm-operation.js';

/** Where and how a VM is to start. */
export interface Place {
  /** Undefined: where XAPI likes. */
  readonly host: Row | undefined;
  readonly state: 'Running' | 'Paused';
}

/** The kernels a real XAPI lets a paravirtual guest boot from (reference/xenserver.md 0.7). */
const KERNEL_FOLDERS = ['/boot/guest/', '/var/lib/xcp/guest/'];

function assertBootable(vm: Row): void {
  const direct = textField(vm, 'HVM_boot_policy') === '' && textField(vm, 'PV_bootloader') === '';
  const kernel = textField(vm, 'PV_kernel');
  if (direct && kernel !== '' && !KERNEL_FOLDERS.some((folder) => kernel.startsWith(folder))) {
    throw new XapiFault('INVALID_VALUE', 'kernel', kernel);
  }
}

/** What a VM without BIOS strings of its own gets at its first start. */
const GENERIC_BIOS = {
  'bios-vendor': 'Xen',
  'bios-version': '',
  'system-manufacturer': 'Xen',
  'system-product-name': 'HVM domU',
  'system-version': '',
  'system-serial-number': '',
  'enclosure-asset-tag': '',
  'hp-rombios': '',
  'oem-1': 'Xen',
  'oem-2': 'MS_VM_CERT/SHA1/bdbeb6e0a816d43fa6d3fe8aaef04c2bad9d3e3d',
};

/** What a start writes down for good: BIOS strings, the device model, a generation id. */
function settle({ pool }: CallContext, vm: Row): void {
  const { database, identifiers } = pool;
  if (Object.keys(textMap(vm.fields.get('bios_strings'))).length === 0)
    database.set(vm, 'bios_strings', GENERIC_BIOS);
  const platform = textMap(vm.fields.get('platform'));
  if (textField(vm, 'domain_type') === 'hvm' && platform['device-model'] === undefined)
    database.set(vm, 'platform', { ...platform, 'device-model': 'qemu-upstream-compat' });
  if (textField(vm, 'generation_id') === '0:0')
    database.set(vm, 'generation_id', identifiers.generation());
  if (textField(vm, 'ha_restart_priority') === 'restart') database.set(vm, 'ha_always_run', true);
}

/** Boots a halted VM whose operation and devices are held: the common part of every start. */
export async function boot(
  context: CallContext,
  vm: Row,
  { host: wanted, state }: Place,
  signal: AbortSignal,
): Promise<void> {
  const { pool } = context;
  assertBootable(vm);
  updateOverhead(pool, vm);
  if (wanted !== undefined) assertPlace(pool, vm, wanted);
  const host = wanted ?? chooseHost(pool, vm);
  await withReservation(pool, vm, host, () =>
    withHostOperation(context, host, 'vm_start', async () => {
      settle(context, vm);
      await spendOn(context, host, pool.settings.powerLatencyMs, signal);
      assertDisksOpenNowhereElse(pool.database, vm, host.ref);
      forgetGuest(pool, vm);
      bootDomain(pool, vm, host, state);
    }),
  );
}
