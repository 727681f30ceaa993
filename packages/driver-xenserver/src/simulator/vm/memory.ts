import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import type { Pool } from '../pool.js';
import { numberField, textField } from '../record.js';
import { isFlagSet } from './read-vm-facts.js';

const MIB = 2 ** 20;
const PAGE = 4096;

/** What a VM's memory depends on, besides its contents. Sizes in bytes. */
export interface MemoryShape {
  readonly staticMax: number;
  readonly cpus: number;
  readonly shadowMultiplier: number;
  readonly kind: 'hvm' | 'pv';
}

/**
 * Bytes that Xen needs for a VM beside its memory: a page of shadow and one of mapping for each MiB, 256 pages for each
 * CPU, and a constant. Fitted to the figures of a real XAPI (xapi-golden).
 */
export function memoryOverhead({ staticMax, cpus, shadowMultiplier, kind }: MemoryShape): number {
  const pages = 256 * cpus + 2 * Math.ceil(staticMax / MIB);
  const shadow = Math.ceil((pages * PAGE * shadowMultiplier) / MIB);
  return (shadow + (kind === 'hvm' ? 2 : 1)) * MIB;
}

function shapeOf(vm: Row): MemoryShape {
  return {
    staticMax: numberField(vm, 'memory_static_max'),
    cpus: numberField(vm, 'VCPUs_max'),
    shadowMultiplier: numberField(vm, 'HVM_shadow_multiplier'),
    kind: textField(vm, 'domain_type') === 'hvm' ? 'hvm' : 'pv',
  };
}

/** {@link memoryOverhead} of a VM as it is configured now, which its stored figure may lag behind. */
export function overheadOf(vm: Row): number {
  return memoryOverhead(shapeOf(vm));
}

/** Stores a VM's overhead, as XAPI does after what changes it and before each start. */
export function updateOverhead(pool: Pool, vm: Row): void {
  pool.database.set(vm, 'memory_overhead', overheadOf(vm));
}

/** The most static memory, in bytes, with which a VM still fits into `total`; for any number of CPUs if `roughly`. */
export function largestMemory(vm: Row, total: number, precision: 'exact' | 'rough'): number {
  const shape = shapeOf(vm);
  const cpus = precision === 'rough' ? 64 : shape.cpus;
  let fits = 0;
  let above = Math.floor(total / MIB) + 1;
  while (above - fits > 1) {
    const middle = Math.floor((fits + above) / 2);
    const staticMax = middle * MIB;
    if (staticMax + memoryOverhead({ ...shape, cpus, staticMax }) <= total) fits = middle;
    else above = middle;
  }
  return fits * MIB;
}

/** A VM's four memory limits in bytes. */
export interface MemoryLimits {
  readonly staticMin: number;
  readonly dynamicMin: number;
  readonly dynamicMax: number;
  readonly staticMax: number;
}

export function limitsOf(vm: Row): MemoryLimits {
  return {
    staticMin: numberField(vm, 'memory_static_min'),
    dynamicMin: numberField(vm, 'memory_dynamic_min'),
    dynamicMax: numberField(vm, 'memory_dynamic_max'),
    staticMax: numberField(vm, 'memory_static_max'),
  };
}

/** Throws what XAPI has against limits: out of order, or not pinned for a VM that cannot give memory back. */
export function assertLimits(vm: Row, limits: MemoryLimits): void {
  const { staticMin, dynamicMin, dynamicMax, staticMax } = limits;
  if (staticMin > dynamicMin || dynamicMin > dynamicMax || dynamicMax > staticMax)
    throw new XapiFault('MEMORY_CONSTRAINT_VIOLATION_ORDER');
  const pinned = dynamicMin === staticMax && dynamicMax === staticMax;
  if (!pinned && isFlagSet(vm.fields.get('platform'), 'nested-virt'))
    throw new XapiFault('MEMORY_CONSTRAINT_VIOLATION_MAXPIN', 'nested virt');
}

/** Writes limits and the overhead that follows from them. */
export function setLimits(pool: Pool, vm: Row, limits: MemoryLimits): void {
  const { database } = pool;
  database.set(vm, 'memory_static_min', limits.staticMin);
  database.set(vm, 'memory_static_max', limits.staticMax);
  database.set(vm, 'memory_dynamic_min', limits.dynamicMin);
  database.set(vm, 'memory_dynamic_max', limits.dynamicMax);
  database.set(vm, 'memory_target', limits.dynamicMin);
  updateOverhead(pool, vm);
}
