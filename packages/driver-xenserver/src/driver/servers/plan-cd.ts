import type { ServerDesired } from '@gdcloud/core';
import type { Step } from './plan.js';
import type { PlannedState } from './state.js';

/**
 * What differs about a VM's CD drive. One is made when there is something to put in it, before the VM runs for the first
 * time: no guest takes in another drive while it runs. Media go in and out at any time. Pure.
 */
export function planCd({ cd, record }: PlannedState, desired: ServerDesired): readonly Step[] {
  const wanted = desired.cd ?? null;
  if (cd === undefined) {
    if (wanted === null || record.power_state !== 'Halted') return [];
    return [{ field: 'cd', desired: wanted, actual: null, action: { kind: 'addCd' } }];
  }
  const { ref, medium } = cd;
  if (medium !== undefined) {
    if (medium === wanted) return [];
    return [{ field: 'cd', desired: wanted, actual: medium, action: { kind: 'ejectCd', ref } }];
  }
  if (wanted === null) return [];
  const action = { kind: 'insertCd', ref, disk: wanted } as const;
  return [{ field: 'cd', desired: wanted, actual: { empty: true }, action }];
}
