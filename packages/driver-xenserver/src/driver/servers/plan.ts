import type { ServerDesired } from '@gdcloud/core';
import type { Settings } from '../../options.js';
import { planCd } from './plan-cd.js';
import { planDisks, planNics } from './plan-devices.js';
import { MIB, planLiveSize, planSize } from './plan-size.js';
import { isSealed, isSealedByUs } from './reboot-seal.js';
import type { Residence } from './residence.js';
import { rebootPending, restartsDone } from './restart-stamp.js';
import { allowedAddresses } from './source-filter.js';
import type { PlannedState } from './state.js';
import { inOrder, NOTHING, type Plan, step } from './step.js';

/** What differs between a VM and the server it should be: what to do about it now, in order, and what has to wait. Pure. */
export function planServer(state: PlannedState, desired: ServerDesired, settings: Settings): Plan {
  if (state.adoption === 'pending') return step('adopted', true, false, { kind: 'adopt' });
  const { residence = { kind: 'right' } } = state;
  // What runs on a host that does not answer is left as it is.
  if (residence.kind === 'unreachable') return NOTHING;
  if (residence.kind === 'lost')
    return step('host', desired.host, residence.host, { kind: 'declareOff' });
  const power = state.record.power_state;
  const furniture = inOrder(
    planClaim(state),
    planMove(state, desired, residence),
    power === 'Halted' ? planLocks(state) : NOTHING,
    planName(state, desired),
    planSizeIn(state, desired),
    planDisks(state, desired),
    planCd(state, desired),
    planNics(state, desired, settings),
  );
  // What it waits for is no matter of a server that is to be stopped.
  if (desired.powerState === 'halted' && power !== 'Halted') {
    return { steps: inOrder(planPower(state, desired), furniture).steps, pending: [] };
  }
  const restart = planRestart(state, desired, furniture.pending.length > 0 ? 'cold' : 'warm');
  return power === 'Halted'
    ? inOrder(furniture, restart, planPower(state, desired))
    : inOrder(furniture, planPower(state, desired), restart);
}

/** A VM right after it was made: halted, of the right size, and with all its devices. Pure. */
export function newState(desired: ServerDesired): PlannedState {
  const memory = desired.ramSizeMb * MIB;
  const unplugged = { ref: '', attached: false, unpluggable: false, refusal: undefined };
  return {
    record: {
      power_state: 'Halted',
      domid: -1,
      name_label: desired.name,
      memory_static_max: memory,
      memory_dynamic_max: memory,
      VCPUs_max: desired.cpuCount,
      VCPUs_at_startup: desired.cpuCount,
      blocked_operations: {},
    },
    claimed: true,
    restart: { count: desired.restarts, domain: -1 },
    disks: desired.disks.map(({ device, volume }) => ({ ...unplugged, device, volume })),
    nics: desired.nics.map(({ device, network, macAddress, ...nic }) => ({
      ...unplugged,
      device,
      network,
      macAddress,
      addresses: allowedAddresses(nic),
    })),
    cd: desired.cd === undefined ? undefined : { ref: '' },
    guest: undefined,
    plugging: { VBD: false, VIF: false },
    memoryUsed: undefined,
    refusals: { memory: undefined, processors: undefined },
    now: 0,
  };
}

// A crash right after the VM was made left it without its own name on it.
function planClaim({ claimed }: PlannedState): Plan {
  return claimed ? NOTHING : step('claim', true, false, { kind: 'claim' });
}

// Only what runs can be moved as it runs; what is to stop needs not be moved before.
function planMove(
  { record }: PlannedState,
  { host, powerState }: ServerDesired,
  residence: Residence,
): Plan {
  return residence.kind === 'elsewhere' &&
    powerState === 'running' &&
    record.power_state === 'Running'
    ? step('host', host, residence.host, { kind: 'migrate' })
    : NOTHING;
}

function planLocks({ staleLocks = [] }: PlannedState): Plan {
  return inOrder(
    ...staleLocks.map((lock) =>
      step(`locks.${lock.device}`, null, lock.host, { kind: 'releaseDisk', lock }),
    ),
  );
}

function planName({ record }: PlannedState, { name }: ServerDesired): Plan {
  return record.name_label === name
    ? NOTHING
    : step('name', name, record.name_label, { kind: 'rename' });
}

function planSizeIn(state: PlannedState, desired: ServerDesired): Plan {
  switch (state.record.power_state) {
    case 'Halted':
      return planSize(state, desired);
    case 'Running':
      return planLiveSize(state, desired);
    default:
      return NOTHING;
  }
}

function planPower({ record }: PlannedState, desired: ServerDesired): Plan {
  const actual = record.power_state.toLowerCase();
  if (actual === desired.powerState) return NOTHING;
  const kinds = {
    Halted: 'start',
    Paused: 'unpause',
    Suspended: 'resume',
    Running: 'stop',
  } as const;
  const kind = desired.powerState === 'halted' ? 'stop' : kinds[record.power_state];
  return step('powerState', desired.powerState, actual, { kind });
}

// Announced, rebooted, sealed: a step each, told apart by what is there before it. A cold one takes the server down, so
// that what has waited for it can be done, and leaves it to the rest of the plan to start it.
function planRestart(
  { record, restart }: PlannedState,
  { restarts }: ServerDesired,
  way: 'warm' | 'cold',
): Plan {
  const { power_state: power, domid, blocked_operations: blocked } = record;
  const done = restartsDone(restart, domid);
  if (done >= restarts) {
    // A server that was never rebooted has nothing that could be repeated.
    return restart.domain < 0 || isSealed(blocked)
      ? NOTHING
      : step('restarts', restarts, { unsealed: done }, { kind: 'sealReboots' });
  }
  if (restart.count < restarts || !rebootPending(restart, domid)) {
    const domain = power === 'Halted' ? -1 : domid;
    return step('restarts', restarts, done, { kind: 'stampRestart', domain });
  }
  if (way === 'cold') return step('restarts', restarts, { announced: done + 1 }, { kind: 'stop' });
  return isSealedByUs(blocked)
    ? step('restarts', restarts, { sealed: done }, { kind: 'unsealReboots' })
    : step('restarts', restarts, { announced: done + 1 }, { kind: 'reboot' });
}
