import { textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { moveDomain } from '../domain.js';
import { assertCanBootHere, withReservation } from '../placement.js';
import { textMap } from '../values.js';
import {
  assertReachable,
  spendOn,
  withHostOperation,
  withVmOperation,
} from '../vm/vm-operation.js';
import type { Strictness } from '../vm/vm-rules.js';

/** Moves a running VM to another host of its pool, whose storage it already sees. */
export async function migrate(
  context: CallContext,
  vm: Row,
  host: Row,
  strictness: Strictness = 'strict',
): Promise<void> {
  const { pool } = context;
  const move = async (signal: AbortSignal): Promise<void> => {
    assertCanBootHere(pool, vm, host);
    await withReservation(pool, vm, host, () =>
      withHostOperation(context, host, 'vm_migrate', async () => {
        assertReachable(context, vm);
        await spendOn(context, host, pool.settings.powerLatencyMs, signal);
        assertReachable(context, vm);
        moveDomain(pool, vm, host);
      }),
    );
  };
  await withVmOperation(context, vm, 'pool_migrate', move, strictness);
}

/** VMs on the move. */
export const VM_MIGRATE: Behaviours = {
  'VM.pool_migrate': async (context, [ref, target, options]) => {
    const { database } = context.pool;
    const { force } = textMap(options);
    const host = database.get('host', textOf(target));
    const vm = database.get('VM', textOf(ref));
    await migrate(context, vm, host, force === 'true' ? 'forced' : 'strict');
    return '';
  },
};
