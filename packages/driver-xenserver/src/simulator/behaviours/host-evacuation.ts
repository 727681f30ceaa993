import type { Json } from '@gdcloud/core';
import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { chooseHost, freeMemory, isEvacuating, isLive } from '../placement.js';
import { textField } from '../record.js';
import { isTrue } from '../values.js';
import { assertVmOperation } from '../vm/allowed.js';
import { withHostOperation } from '../vm/vm-operation.js';
import { migrate } from './vm-migrate.js';

type Act = (context: CallContext, host: Row) => Json | Promise<Json>;

const ofHost =
  (act: Act): Behaviour =>
  (context, [ref]) =>
    act(context, context.pool.database.get('host', textOf(ref)));

/** The VMs that have to leave a host before it can be taken down. */
function guests({ pool: { database } }: CallContext, host: Row): readonly Row[] {
  return [...(host.links.get('resident_VMs') ?? [])]
    .map((ref) => database.get('VM', ref))
    .filter((vm) => !isTrue(vm.fields.get('is_control_domain')));
}

/** Why a VM cannot leave its host; undefined when it can. */
function hindrance({ pool }: CallContext, vm: Row): XapiFault | undefined {
  try {
    assertVmOperation(pool, vm, 'pool_migrate');
    chooseHost(pool, vm, (host) => host.ref !== textField(vm, 'resident_on'));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof XapiFault) return thrown;
    throw thrown;
  }
}

/** Moves all VMs away, one after the other; stops at the first that cannot go. */
async function evacuate(context: CallContext, host: Row): Promise<''> {
  if (isEvacuating(host)) throw new XapiFault('HOST_EVACUATE_IN_PROGRESS', host.ref);
  await withHostOperation(context, host, 'evacuate', async () => {
    for (const vm of guests(context, host)) {
      const fault = hindrance(context, vm);
      if (fault !== undefined) throw fault;
      const target = chooseHost(context.pool, vm, (other) => other.ref !== host.ref);
      await migrate({ ...context, task: context.pool.identifiers.ref() }, vm, target);
    }
  });
  return '';
}

/** Emptying hosts, what room they have, and which of them leads. */
export const HOST_EVACUATION: Behaviours = {
  'host.evacuate': ofHost(evacuate),
  'host.get_vms_which_prevent_evacuation': ofHost((context, host) =>
    Object.fromEntries(
      guests(context, host).flatMap((vm) => {
        const fault = hindrance(context, vm);
        return fault === undefined ? [] : [[vm.ref, [fault.code, ...fault.parameters]]];
      }),
    ),
  ),
  'host.assert_can_evacuate': ofHost((context, host) => {
    const faults = guests(context, host).flatMap((vm) => hindrance(context, vm) ?? []);
    if (faults.length === 0) return '';
    const texts = faults.map(({ code, parameters }) => [code, ...parameters].join(','));
    throw new XapiFault('CANNOT_EVACUATE_HOST', texts.join('|'));
  }),
  'host.compute_free_memory': ofHost(({ pool }, host) => freeMemory(pool, host)),
  'pool.designate_new_master': ofHost(({ pool: { database } }, host) => {
    if (!isLive(database, host)) throw new XapiFault('HOST_OFFLINE', host.ref);
    const [pool] = database.rows('pool');
    if (pool !== undefined) database.set(pool, 'master', host.ref);
    return '';
  }),
};
