import type { ServerDesired } from '@gdcloud/core';
import type { PlannedState } from './state.js';
import { NOTHING, type Plan, step } from './step.js';

/**
 * What differs about a VM's CD drive. One is made when there is something to put in it, before the VM runs for the first
 * time: no guest takes in another drive while it runs. Media go in and out at any time. Pure.
 */
export function planCd({ cd, record }: PlannedState, desired: ServerDesired): Plan {
  const wanted = desired.cd ?? null;
  if (cd === undefined) {
    return wanted === null || record.power_state !== 'Halted'
      ? NOTHING
      : step('cd', wanted, null, { kind: 'addCd' });
  }
  const { ref, medium } = cd;
  if (medium !== undefined) {
    return medium === wanted ? NOTHING : step('cd', wanted, medium, { kind: 'ejectCd', ref });
  }
  return wanted === null
    ? NOTHING
    : step('cd', wanted, { empty: true }, { kind: 'insertCd', ref, disk: wanted });
}
