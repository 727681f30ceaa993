import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';

/** Throws `VM_BAD_POWER_STATE` unless the VM is in one of `expected`. */
export function assertPowerState(vm: Row, ...expected: readonly string[]): void {
  const actual = textField(vm, 'power_state');
  if (expected.includes(actual)) return;
  const words = expected.map((state) => state.toLowerCase()).join(', ');
  throw new XapiFault('VM_BAD_POWER_STATE', vm.ref, words, actual.toLowerCase());
}
