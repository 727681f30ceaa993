import { isNullRef, NULL_REF } from '../../datamodel/ref.js';
import { flagOf, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { endDomain, resumeDomain } from '../domain.js';
import { XapiFault } from '../fault.js';
import { assertPlace, chooseHost, isEvacuating, withReservation } from '../placement.js';
import { textField } from '../record.js';
import { boot, type Place } from '../vm/boot.js';
import { dropSuspendImage } from '../vm/suspend-image.js';
import {
  spendOn,
  withDevicesMarked,
  withHostOperation,
  withVmOperation,
} from '../vm/vm-operation.js';

function assertNotEvacuating(host: Row | undefined): void {
  if (host !== undefined && isEvacuating(host))
    throw new XapiFault('HOST_EVACUATE_IN_PROGRESS', host.ref);
}

async function start(context: CallContext, vm: Row, place: Place): Promise<''> {
  assertNotEvacuating(place.host);
  const name = place.host === undefined ? 'start' : 'start_on';
  await withVmOperation(context, vm, name, () =>
    withDevicesMarked(context, vm, (signal) => boot(context, vm, place, signal)),
  );
  return '';
}

/** Throws for a VM whose image is gone; such a VM is halted from then on. */
function assertImage({ pool }: CallContext, vm: Row): void {
  const image = textField(vm, 'suspend_VDI');
  if (!isNullRef(image) && pool.database.find('VDI', image) !== undefined) return;
  pool.database.set(vm, 'suspend_VDI', NULL_REF);
  endDomain(pool, vm);
  throw new XapiFault('VM_HAS_NO_SUSPEND_VDI', 'VM', vm.ref);
}

/** Brings back a suspended VM whose operation is held. */
export async function wake(
  context: CallContext,
  vm: Row,
  { host: wanted, state }: Place,
  signal: AbortSignal,
): Promise<void> {
  const { pool } = context;
  if (wanted !== undefined) assertPlace(pool, vm, wanted);
  const host = wanted ?? chooseHost(pool, vm);
  await withReservation(pool, vm, host, () =>
    withHostOperation(context, host, 'vm_resume', async () => {
      assertImage(context, vm);
      await spendOn(context, host, pool.settings.powerLatencyMs, signal);
      if (textField(vm, 'ha_restart_priority') === 'restart')
        pool.database.set(vm, 'ha_always_run', true);
      resumeDomain(pool, vm, host, state);
      dropSuspendImage(pool, vm);
    }),
  );
}

async function resume(context: CallContext, vm: Row, place: Place): Promise<''> {
  const name = place.host === undefined ? 'resume' : 'resume_on';
  await withVmOperation(context, vm, name, () =>
    withDevicesMarked(context, vm, (signal) => wake(context, vm, place, signal)),
  );
  return '';
}

type Bringing = (context: CallContext, vm: Row, place: Place) => Promise<''>;

const anywhere =
  (bring: Bringing): Behaviours[string] =>
  (context, [vm, paused]) =>
    bring(context, context.pool.database.get('VM', textOf(vm)), {
      host: undefined,
      state: flagOf(paused) ? 'Paused' : 'Running',
    });

const there =
  (bring: Bringing): Behaviours[string] =>
  (context, [vm, host, paused]) =>
    bring(context, context.pool.database.get('VM', textOf(vm)), {
      host: context.pool.database.get('host', textOf(host)),
      state: flagOf(paused) ? 'Paused' : 'Running',
    });

/** What brings VMs to life. */
export const VM_START: Behaviours = {
  'VM.start': anywhere(start),
  'VM.start_on': there(start),
  'VM.resume': anywhere(resume),
  'VM.resume_on': there(resume),
};
