import { XapiFault } from '../fault.js';
import type { MediumFacts, VbdFacts } from './device-facts.js';
import { guestUnable, ownerUnsettled, wrongState } from './plugging.js';
import { firstFault, type Rule, type RunningOperation } from './rule-table.js';

const VBD_OPERATIONS = [
  'attach',
  'eject',
  'insert',
  'pause',
  'plug',
  'unpause',
  'unplug',
  'unplug_force',
] as const;

/** What may be done to a drive. */
export type VbdOperation = (typeof VBD_OPERATIONS)[number];

type VbdRule = Rule<VbdOperation, VbdFacts>;

const PLUGS: ReadonlySet<string> = new Set(['plug', 'unplug', 'unplug_force']);
const PAUSES: ReadonlySet<string> = new Set(['pause', 'unpause']);
/** What makes a VM use the disk. */
const USES: ReadonlySet<string> = new Set(['attach', 'insert', 'plug']);

/** Pausing is possible beside pausing, and resuming beside the attaching that a reboot does too. */
const occupied: VbdRule = (operation, { ref, operations }) => {
  const [first] = operations;
  if (first === undefined) return undefined;
  const beside = (running: RunningOperation): boolean =>
    PAUSES.has(running.name) || (operation === 'unpause' && running.name === 'attach');
  if (PAUSES.has(operation) && operations.every(beside)) return undefined;
  return new XapiFault('OTHER_OPERATION_IN_PROGRESS', 'VBD', ref, first.name, first.task);
};

const unsuitable: VbdRule = (operation, { ref, unpluggable, type, empty }) => {
  if (operation.startsWith('unplug') && !unpluggable) {
    return new XapiFault('VBD_NOT_UNPLUGGABLE', ref);
  }
  if (operation !== 'insert' && operation !== 'eject') return undefined;
  if (type !== 'CD') return new XapiFault('VBD_NOT_REMOVABLE_MEDIA', ref);
  if (operation === 'eject' && empty) return new XapiFault('VBD_IS_EMPTY', ref);
  return operation === 'insert' && !empty ? new XapiFault('VBD_NOT_EMPTY', ref) : undefined;
};

const state: VbdRule = (operation, facts) => {
  const { powerState } = facts.owner;
  if (PLUGS.has(operation)) return wrongState(operation, facts);
  const awake = powerState === 'Running' || powerState === 'Paused';
  return PAUSES.has(operation) && !awake ? wrongState(operation, facts) : undefined;
};

const ownerBusy: VbdRule = (operation, { owner }) =>
  operation === 'plug' || operation === 'unplug' ? ownerUnsettled(owner) : undefined;

const guest: VbdRule = (operation, { owner, type }) => {
  if (!PLUGS.has(operation)) return undefined;
  const unable = guestUnable(owner, 'VBD');
  const emulated = owner.powerState === 'Running' && owner.virtualisation === 'hvm';
  if (unable !== undefined || !emulated || type !== 'CD') return unable;
  return new XapiFault(
    'OPERATION_NOT_ALLOWED',
    'HVM CDROMs cannot be hotplugged/unplugged, only inserted or ejected',
  );
};

const suspended: VbdRule = (operation, { owner, type }) =>
  type === 'CD' &&
  owner.powerState === 'Suspended' &&
  (operation === 'insert' || operation === 'eject')
    ? new XapiFault('VM_BAD_POWER_STATE', owner.ref, 'halted, running', 'suspended')
    : undefined;

const mediumBusy: VbdRule = (operation, { ref, medium }) => {
  if (medium === undefined) return undefined;
  if (!medium.managed) return new XapiFault('VDI_NOT_MANAGED', ref);
  const [first] = medium.operations;
  const moving = medium.operations.some(({ name }) => name !== 'copy' && name !== 'mirror');
  return moving && first !== undefined && USES.has(operation)
    ? new XapiFault('OTHER_OPERATION_IN_PROGRESS', 'VDI', medium.ref, first.name, first.task)
    : undefined;
};

function isShared({ sharable, otherUses }: MediumFacts, needsWrite: boolean): boolean {
  const others = otherUses.filter(
    (use) => use.active && !use.ownerSuspended && !use.ownerIsSystemDomain,
  );
  return !sharable && others.some((use) => needsWrite || use.mode === 'RW');
}

const sharing: VbdRule = (operation, { attached, medium, mode, owner }) => {
  if (attached || medium === undefined || !USES.has(operation)) return undefined;
  const needsWrite = mode === 'RW';
  if (!owner.isSystemDomain && isShared(medium, needsWrite)) {
    return new XapiFault('VDI_IN_USE', medium.ref);
  }
  return needsWrite && medium.readOnly ? new XapiFault('VDI_READONLY', medium.ref) : undefined;
};

/** In the order in which XAPI asks. */
const LISTED: readonly VbdRule[] = [
  occupied,
  unsuitable,
  state,
  ownerBusy,
  guest,
  suspended,
  mediumBusy,
];

/** What speaks against `operation` on a drive like this; undefined when nothing does. */
export function vbdFault(operation: VbdOperation, facts: VbdFacts): XapiFault | undefined {
  return firstFault([...LISTED, sharing], operation, facts);
}

/**
 * `VBD.allowed_operations` of a drive like this, sorted. XAPI leaves out who else uses the disk: that would cost too
 * much, and is asked when it matters.
 */
export function allowedVbdOperations(facts: VbdFacts): readonly string[] {
  if (facts.owner.isSnapshot) return [];
  return VBD_OPERATIONS.filter((operation) => firstFault(LISTED, operation, facts) === undefined);
}
