import type { Json } from '@gdcloud/core';
import { flagOf, floatOf, integerOf, textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { freeMemory } from '../placement.js';
import type { Pool } from '../pool.js';
import { numberField, textField } from '../record.js';
import {
  assertLimits,
  largestMemory,
  limitsOf,
  type MemoryLimits,
  overheadOf,
  setLimits,
  updateOverhead,
} from '../vm/memory.js';
import { withVmOperation } from '../vm/vm-operation.js';

type Act = (context: CallContext, vm: Row, args: readonly Json[]) => Json | Promise<Json>;

const ofVm =
  (act: Act): Behaviour =>
  (context, [ref, ...args]) =>
    act(context, context.pool.database.get('VM', textOf(ref)), args);

/** Changes limits as one operation; `change` gets the limits as they are. */
async function limit(
  context: CallContext,
  vm: Row,
  operation: string,
  change: (before: MemoryLimits) => MemoryLimits,
): Promise<''> {
  await withVmOperation(context, vm, operation, async () => {
    const after = change(limitsOf(vm));
    assertRoom(context.pool, vm, after);
    assertLimits(vm, after);
    setLimits(context.pool, vm, after);
  });
  return '';
}

/** A running VM may only be promised more than it has where its host has that much left. In KiB, as XAPI says it. */
function assertRoom(pool: Pool, vm: Row, { dynamicMin }: MemoryLimits): void {
  const host = pool.database.find('host', textField(vm, 'resident_on'));
  if (host === undefined || vm.fields.get('power_state') !== 'Running') return;
  const more = dynamicMin - numberField(vm, 'memory_dynamic_min');
  const free = freeMemory(pool, host);
  if (more <= free) return;
  const inKib = (bytes: number): string => String(Math.trunc(bytes / 1024));
  throw new XapiFault('HOST_NOT_ENOUGH_FREE_MEMORY', inKib(more), inKib(free));
}

async function setShadow(
  context: CallContext,
  vm: Row,
  operation: string,
  given: Json | undefined,
): Promise<''> {
  const multiplier = floatOf(given);
  await withVmOperation(context, vm, operation, async () => {
    if (multiplier < 1) throw new XapiFault('INVALID_VALUE', 'multiplier', shownFloat(multiplier));
    context.pool.database.set(vm, 'HVM_shadow_multiplier', multiplier);
    updateOverhead(context.pool, vm);
  });
  return '';
}

/** As XAPI writes floats into errors: whole ones end in a point. */
function shownFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.` : String(value);
}

/** Memory of VMs. */
export const VM_MEMORY: Behaviours = {
  'VM.set_memory_limits': ofVm((context, vm, [staticMin, staticMax, dynamicMin, dynamicMax]) => {
    const limits = {
      staticMin: integerOf(staticMin),
      staticMax: integerOf(staticMax),
      dynamicMin: integerOf(dynamicMin),
      dynamicMax: integerOf(dynamicMax),
    };
    return limit(context, vm, 'changing_memory_limits', () => limits);
  }),
  'VM.set_memory': ofVm((context, vm, [value]) => {
    const size = integerOf(value);
    return limit(context, vm, 'changing_memory_limits', ({ staticMin }) => ({
      staticMin,
      staticMax: size,
      dynamicMin: size,
      dynamicMax: size,
    }));
  }),
  'VM.set_memory_static_range': ofVm((context, vm, [min, max]) => {
    const [staticMin, staticMax] = [integerOf(min), integerOf(max)];
    return limit(context, vm, 'changing_static_range', (before) => ({
      ...before,
      staticMin,
      staticMax,
    }));
  }),
  'VM.set_memory_static_min': ofVm((context, vm, [value]) => {
    const staticMin = integerOf(value);
    return limit(context, vm, 'changing_static_range', (before) => ({ ...before, staticMin }));
  }),
  'VM.set_memory_static_max': ofVm((context, vm, [value]) => {
    const staticMax = integerOf(value);
    return limit(context, vm, 'changing_static_range', (before) => ({ ...before, staticMax }));
  }),
  'VM.set_memory_dynamic_range': ofVm((context, vm, [min, max]) => {
    const [dynamicMin, dynamicMax] = [integerOf(min), integerOf(max)];
    return limit(context, vm, 'changing_dynamic_range', (before) => ({
      ...before,
      dynamicMin,
      dynamicMax,
    }));
  }),
  'VM.set_memory_dynamic_min': ofVm((context, vm, [value]) => {
    const dynamicMin = integerOf(value);
    return limit(context, vm, 'changing_dynamic_range', (before) => ({ ...before, dynamicMin }));
  }),
  'VM.set_memory_dynamic_max': ofVm((context, vm, [value]) => {
    const dynamicMax = integerOf(value);
    return limit(context, vm, 'changing_dynamic_range', (before) => ({ ...before, dynamicMax }));
  }),
  'VM.set_memory_target_live': ofVm(async (context, vm) => {
    await withVmOperation(context, vm, 'changing_memory_live', async () => {});
    return '';
  }),
  'VM.wait_memory_target_live': ofVm(async (context, vm) => {
    await withVmOperation(context, vm, 'awaiting_memory_live', async () => {});
    return '';
  }),
  'VM.set_HVM_shadow_multiplier': ofVm((context, vm, [value]) =>
    setShadow(context, vm, 'changing_shadow_memory', value),
  ),
  'VM.set_shadow_multiplier_live': ofVm((context, vm, [value]) =>
    setShadow(context, vm, 'changing_shadow_memory_live', value),
  ),
  'VM.compute_memory_overhead': ofVm((_context, vm) => overheadOf(vm)),
  'VM.maximise_memory': ofVm((_context, vm, [total, approximate]) =>
    largestMemory(vm, integerOf(total), flagOf(approximate) ? 'rough' : 'exact'),
  ),
};
