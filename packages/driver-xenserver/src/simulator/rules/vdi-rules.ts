import { isAtLeast } from '../../datamodel/releases.js';
import { XapiFault } from '../fault.js';
import { firstFault, type Rule, type RunningOperation } from './rule-table.js';

/** How a drive uses a disk. */
export interface DiskUse {
  readonly mode: string;
  /** Attached to a VM; drives of snapshots never are. */
  readonly active: boolean;
  readonly operations: readonly RunningOperation[];
}

/** What a disk needs to know of its repository. */
export interface HomeFacts {
  readonly ref: string;
  readonly type: string;
  readonly isToolsRepository: boolean;
  /** What the repository's storage manager can do: `VDI_CREATE`. */
  readonly capabilities: ReadonlySet<string>;
  /** Whether any host has it plugged. */
  readonly plugged: boolean;
}

/** Everything that decides which operations a disk allows. */
export interface VdiFacts {
  readonly release: string;
  readonly ref: string;
  readonly home: HomeFacts;
  readonly type: string;
  readonly sharable: boolean;
  readonly resetsOnBoot: boolean;
  readonly highlyAvailablePool: boolean;
  readonly operations: readonly RunningOperation[];
  readonly uses: readonly DiskUse[];
}

const VDI_OPERATIONS = [
  'clone',
  'copy',
  'destroy',
  'forget',
  'generate_config',
  'resize',
  'resize_online',
  'snapshot',
  'update',
] as const;

/** What may be done to a disk. */
export type VdiOperation = (typeof VDI_OPERATIONS)[number] | 'set_on_boot' | CbtOperation;

/** What is done about the changed blocks of a disk. */
export type CbtOperation = 'enable_cbt' | 'disable_cbt' | 'data_destroy' | 'list_changed_blocks';

type VdiRule = Rule<VdiOperation, VdiFacts>;

const LIVE: ReadonlySet<string> = new Set([
  'snapshot',
  'clone',
  'resize_online',
  'enable_cbt',
  'disable_cbt',
]);
const PROTECTED_TYPES: ReadonlySet<string> = new Set(['ha_statefile', 'redo_log']);

const NEEDED: Readonly<Record<string, readonly [capability: string, since: string]>> = {
  clone: ['VDI_CLONE', 'tampa'],
  data_destroy: ['VDI_CONFIG_CBT', 'inverness'],
  destroy: ['VDI_DELETE', 'boston'],
  disable_cbt: ['VDI_CONFIG_CBT', 'inverness'],
  enable_cbt: ['VDI_CONFIG_CBT', 'inverness'],
  generate_config: ['VDI_GENERATE_CONFIG', 'boston'],
  list_changed_blocks: ['VDI_CONFIG_CBT', 'inverness'],
  resize: ['VDI_RESIZE', 'boston'],
  resize_online: ['VDI_RESIZE_ONLINE', 'boston'],
  set_on_boot: ['VDI_RESET_ON_BOOT', 'boston'],
  snapshot: ['VDI_SNAPSHOT', 'inverness'],
  update: ['VDI_UPDATE', 'boston'],
};

/** Operations that later releases began to list. */
const LISTED_SINCE: Readonly<Record<string, string>> = {
  forget: 'inverness',
  generate_config: 'tampa',
};

function inProgress(ref: string, { name, task }: RunningOperation): XapiFault {
  return new XapiFault('OTHER_OPERATION_IN_PROGRESS', 'VDI', ref, name, task);
}

const occupied: VdiRule = (operation, { ref, operations }) => {
  const [first] = operations;
  const together = operation === 'copy' && operations.every(({ name }) => name === 'copy');
  return first === undefined || together ? undefined : inProgress(ref, first);
};

const unplugged: VdiRule = (operation, { home }) =>
  operation === 'resize' && !home.plugged ? new XapiFault('SR_HAS_NO_PBDS', home.ref) : undefined;

const used: VdiRule = (operation, { ref, release, uses }) => {
  if (!LIVE.has(operation)) {
    const readersMayStay = operation === 'copy' && isAtLeast(release, 'inverness');
    const blocking = uses.some((use) => use.active && (!readersMayStay || use.mode === 'RW'));
    if (blocking) return new XapiFault('VDI_IN_USE', ref, operation);
  }
  const [running] = uses.flatMap((use) => use.operations);
  return running === undefined ? undefined : inProgress(ref, running);
};

const unsupported: VdiRule = (operation, { release, home }) => {
  const [capability, since] = NEEDED[operation] ?? [];
  if (capability === undefined || since === undefined || !isAtLeast(release, since))
    return undefined;
  return home.capabilities.has(capability)
    ? undefined
    : new XapiFault('SR_OPERATION_NOT_SUPPORTED', home.ref);
};

const physical: VdiRule = (operation, { ref, home }) => {
  if (operation !== 'destroy') return undefined;
  if (home.type === 'udev') return new XapiFault('VDI_IS_A_PHYSICAL_DEVICE', ref);
  return home.isToolsRepository ? new XapiFault('SR_OPERATION_NOT_SUPPORTED', home.ref) : undefined;
};

const special: VdiRule = (operation, facts) => {
  const { ref, type } = facts;
  const kept = PROTECTED_TYPES.has(type);
  const changes =
    operation === 'destroy' || operation === 'forget' || operation.startsWith('resize');
  if (changes && kept && facts.highlyAvailablePool) return new XapiFault('HA_IS_ENABLED');
  if (operation === 'copy' && kept) {
    return new XapiFault(
      'OPERATION_NOT_ALLOWED',
      "VDI containing HA statefile or redo log cannot be copied (check the VDI's allowed operations).",
    );
  }
  if (operation !== 'snapshot') return undefined;
  if (facts.sharable) return new XapiFault('VDI_IS_SHARABLE', ref);
  return facts.resetsOnBoot
    ? new XapiFault('VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION')
    : undefined;
};

/** In the order in which XAPI asks. */
const RULES: readonly VdiRule[] = [occupied, unplugged, used, physical, unsupported, special];

/** What speaks against `operation` on a disk like this; undefined when nothing does. */
export function vdiFault(operation: VdiOperation, facts: VdiFacts): XapiFault | undefined {
  return firstFault(RULES, operation, facts);
}

/** `VDI.allowed_operations` of a disk like this, sorted. */
export function allowedVdiOperations(facts: VdiFacts): readonly string[] {
  return VDI_OPERATIONS.filter((operation) => {
    const { [operation]: since = 'boston' } = LISTED_SINCE;
    return isAtLeast(facts.release, since) && vdiFault(operation, facts) === undefined;
  });
}
