import { XapiFault } from '../fault.js';
import type { OwnerFacts } from './device-facts.js';

/** VM operations during which devices stay as they are. */
const UNSETTLED: ReadonlySet<string> = new Set([
  'clean_shutdown',
  'hard_shutdown',
  'suspend',
  'pause',
]);

/** What keeps a device that is `attached` or not from being plugged in or out by the state of its VM. */
export function wrongState(
  operation: string,
  device: { readonly ref: string; readonly attached: boolean; readonly owner: OwnerFacts },
): XapiFault | undefined {
  const { ref, attached, owner } = device;
  if (owner.powerState === 'Running') {
    if (operation === 'plug' && attached) return new XapiFault('DEVICE_ALREADY_ATTACHED', ref);
    if (operation !== 'plug' && !attached) return new XapiFault('DEVICE_ALREADY_DETACHED', ref);
    return undefined;
  }
  return new XapiFault('VM_BAD_POWER_STATE', owner.ref, 'running', owner.powerState.toLowerCase());
}

/** What keeps a device from being plugged in or out by what its VM is about to do. */
export function ownerUnsettled(owner: OwnerFacts): XapiFault | undefined {
  const busy = owner.operations.find((operation) => UNSETTLED.has(operation));
  return busy === undefined
    ? undefined
    : new XapiFault('OPERATION_NOT_ALLOWED', `Current operation on VM:${owner.ref} is ${busy}`);
}

/** What keeps a device from being plugged in or out by what its VM's guest can do. */
export function guestUnable(owner: OwnerFacts, kind: 'VBD' | 'VIF'): XapiFault | undefined {
  if (owner.powerState !== 'Running' || owner.virtualisation !== 'hvm') return undefined;
  if (owner.canPlug === 'no') {
    return new XapiFault('OPERATION_NOT_ALLOWED', `VM states it does not support ${kind} hotplug.`);
  }
  return owner.canPlug === 'yes' || owner.hasDrivers
    ? undefined
    : new XapiFault('VM_MISSING_PV_DRIVERS', owner.ref);
}
