import type { Row } from '../database.js';
import type { Pool } from '../pool.js';
import { readVmFacts } from './read-vm-facts.js';
import type { VmFacts } from './vm-facts.js';
import { operationFault, type Strictness } from './vm-rules.js';

/** What decides about the operations of a VM of this pool now. */
export function vmFacts(pool: Pool, vm: Row): VmFacts {
  return readVmFacts(pool.database, vm, pool.release);
}

/** Throws what speaks against an operation on a VM now. */
export function assertVmOperation(
  pool: Pool,
  vm: Row,
  operation: string,
  strictness: Strictness = 'strict',
): void {
  const fault = operationFault(operation, vmFacts(pool, vm), strictness);
  if (fault !== undefined) throw fault;
}
