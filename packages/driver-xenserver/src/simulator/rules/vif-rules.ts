import { XapiFault } from '../fault.js';
import type { VifFacts } from './device-facts.js';
import { guestUnable, ownerUnsettled, wrongState } from './plugging.js';
import { firstFault, type Rule } from './rule-table.js';

const VIF_OPERATIONS = ['attach', 'plug', 'unplug'] as const;

/** What may be done to a network card. */
export type VifOperation = (typeof VIF_OPERATIONS)[number] | 'unplug_force';

type VifRule = Rule<VifOperation, VifFacts>;

const occupied: VifRule = (_, { ref, operations }) => {
  const [running] = operations;
  return running === undefined
    ? undefined
    : new XapiFault('OTHER_OPERATION_IN_PROGRESS', 'VIF', ref, running.name, running.task);
};

/** In the order in which XAPI asks; `attach` is what a starting VM does, and always possible. */
const RULES: readonly VifRule[] = [
  occupied,
  (operation, facts) => (operation === 'attach' ? undefined : wrongState(operation, facts)),
  (operation, { owner }) => (operation === 'attach' ? undefined : ownerUnsettled(owner)),
  (operation, { owner }) => (operation === 'attach' ? undefined : guestUnable(owner, 'VIF')),
];

/** What speaks against `operation` on a network card like this; undefined when nothing does. */
export function vifFault(operation: VifOperation, facts: VifFacts): XapiFault | undefined {
  return firstFault(RULES, operation, facts);
}

/** `VIF.allowed_operations` of a network card like this, sorted. */
export function allowedVifOperations(facts: VifFacts): readonly string[] {
  return VIF_OPERATIONS.filter((operation) => vifFault(operation, facts) === undefined);
}
