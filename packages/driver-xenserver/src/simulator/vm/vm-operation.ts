import { assertEmulatorCan } from '../behaviours/vbds.js';
import type { CallContext } from '../context.js';
import type { Row } from '../database.js';
import { devices } from '../domain.js';
import { XapiFault } from '../fault.js';
import type { Claim } from '../operations.js';
import { isLive } from '../placement.js';
import type { Pool } from '../pool.js';
import { textField } from '../record.js';
import { vbdFactsOf, vifFactsOf } from '../rules/device-facts-of.js';
import { vbdFault } from '../rules/vbd-rules.js';
import { vifFault } from '../rules/vif-rules.js';
import { isTrue } from '../values.js';
import { assertVmOperation } from './allowed.js';
import type { Strictness } from './vm-rules.js';

/** Does `work` while the VM shows the operation; waits or throws first if the VM's rules say so. */
export function withVmOperation<T>(
  context: CallContext,
  vm: Row,
  name: string,
  work: (signal: AbortSignal) => Promise<T>,
  strictness: Strictness = 'strict',
): Promise<T> {
  const admit = (): void => assertVmOperation(context.pool, vm, name, strictness);
  return context.pool.operations.hold(context, vm, { name, admit }, work);
}

/** Throws what speaks against a device being attached now. */
function assertAttachable({ database }: Pool, device: Row): void {
  if (device.class === 'VBD') {
    if (!isTrue(device.fields.get('empty'))) database.get('VDI', textField(device, 'VDI'));
    assertEmulatorCan(database, device);
  }
  const fault =
    device.class === 'VBD'
      ? vbdFault('attach', vbdFactsOf(database, device))
      : vifFault('attach', vifFactsOf(database, device));
  if (fault !== undefined) throw fault;
}

/** Marks all of a VM's devices as being attached while `work` runs, so that nobody takes their disks meanwhile. */
export function withDevicesMarked<T>(
  context: CallContext,
  vm: Row,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { pool } = context;
  const claim = (device: Row): Claim => ({
    name: 'attach',
    admit: () => assertAttachable(pool, device),
  });
  return pool.operations.holdAll(context, devices(pool.database, vm, 'VBD'), claim, () =>
    pool.operations.holdAll(context, devices(pool.database, vm, 'VIF'), claim, work),
  );
}

/** Shows `name` on a host while `work` runs. */
export function withHostOperation<T>(
  context: CallContext,
  host: Row,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  return context.pool.operations.hold(context, host, { name, admit: () => {} }, work);
}

/** Throws `HOST_OFFLINE` when the host on which a VM runs cannot be told to do anything. */
export function assertReachable({ pool }: CallContext, vm: Row): void {
  const host = pool.database.find('host', textField(vm, 'resident_on'));
  if (host !== undefined && !isLive(pool.database, host))
    throw new XapiFault('HOST_OFFLINE', host.ref);
}

/** Lets a power operation's time pass on a host, and throws if the host died meanwhile. */
export async function spendOn(
  context: CallContext,
  host: Row | undefined,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { database, operations } = context.pool;
  await operations.spend(context, milliseconds, signal);
  if (host !== undefined && !isLive(database, host))
    throw new XapiFault('CANNOT_CONTACT_HOST', host.ref);
}
