import { isAtLeast } from '../../datamodel/releases.js';
import { XapiFault } from '../fault.js';
import { mayJoin } from './vm-concurrency.js';
import type { VmFacts } from './vm-facts.js';
import { guestFault } from './vm-guest-rules.js';
import { possibleStates, VM_OPERATIONS } from './vm-states.js';

/** Whether the guest's cooperation is asked for (`strict`), or left to chance, as a forced migration does. */
export type Strictness = 'strict' | 'forced';

type Rule = (operation: string, facts: VmFacts, strictness: Strictness) => XapiFault | undefined;

const MOVES: ReadonlySet<string> = new Set([
  'suspend',
  'checkpoint',
  'pool_migrate',
  'migrate_send',
]);

const FOR_TEMPLATES: ReadonlySet<string> = new Set([
  'changing_dynamic_range',
  'changing_static_range',
  'changing_memory_limits',
  'changing_shadow_memory',
  'changing_VCPUs',
  'changing_NVRAM',
  'clone',
  'copy',
  'export',
  'metadata_export',
  'provision',
]);

const FOR_SNAPSHOTS: ReadonlySet<string> = new Set([
  'revert',
  'clone',
  'copy',
  'export',
  'destroy',
  'hard_shutdown',
  'metadata_export',
]);

const FOR_CONTROL_DOMAINS: ReadonlySet<string> = new Set([
  'data_source_op',
  'changing_memory_live',
  'awaiting_memory_live',
  'metadata_export',
  'changing_dynamic_range',
  'changing_memory_limits',
  'changing_static_range',
  'start',
  'start_on',
  'changing_VCPUs',
  'destroy',
]);

/** XAPI's errors have no name for the operations that came without one. */
function spelled(operation: string): string {
  return operation === 'query_services' ? '(unknown operation)' : operation;
}

function blocked(operation: string, { ref, blocked: reasons }: VmFacts): XapiFault | undefined {
  const { [operation]: reason } = reasons;
  return reason === undefined ? undefined : new XapiFault('OPERATION_BLOCKED', ref, reason);
}

function wrongState(operation: string, facts: VmFacts): XapiFault | undefined {
  const states = possibleStates(operation, facts);
  if (states.includes(facts.powerState)) return undefined;
  const expected = states.map((state) => state.toLowerCase()).join(', ');
  return new XapiFault('VM_BAD_POWER_STATE', facts.ref, expected, facts.powerState.toLowerCase());
}

function occupied(operation: string, { ref, operations }: VmFacts): XapiFault | undefined {
  const running = Object.entries(operations);
  if (mayJoin(operation, Object.values(operations))) return undefined;
  const [[task, name] = ['', '']] = running;
  return new XapiFault('OTHER_OPERATION_IN_PROGRESS', 'VM', ref, name, task);
}

function template(operation: string, facts: VmFacts): XapiFault | undefined {
  if (!facts.isTemplate || facts.isSnapshot || FOR_TEMPLATES.has(operation)) return undefined;
  const leaves = operation === 'destroy' || operation === 'migrate_send';
  if (leaves && !facts.isDefaultTemplate) return undefined;
  return new XapiFault('VM_IS_TEMPLATE', facts.ref, spelled(operation));
}

function snapshot(operation: string, { ref, isSnapshot }: VmFacts): XapiFault | undefined {
  return isSnapshot && !FOR_SNAPSHOTS.has(operation)
    ? new XapiFault('VM_IS_SNAPSHOT', ref, spelled(operation))
    : undefined;
}

function wrongKind(operation: string, facts: VmFacts): XapiFault | undefined {
  if (operation === 'provision' && !facts.isTemplate)
    return new XapiFault('PROVISION_ONLY_ALLOWED_ON_TEMPLATE');
  if (operation === 'revert' && !facts.isSnapshot)
    return new XapiFault('REVERT_ONLY_ALLOWED_ON_SNAPSHOT');
  return undefined;
}

function immobile(
  operation: string,
  facts: VmFacts,
  strictness: Strictness,
): XapiFault | undefined {
  if (strictness === 'forced' || !isAtLeast(facts.release, 'dundee')) return undefined;
  if (MOVES.has(operation) && (facts.immobile || facts.nestedVirtualisation))
    return new XapiFault('VM_IS_IMMOBILE', facts.ref);
  return operation === 'changing_dynamic_range' && facts.nestedVirtualisation
    ? new XapiFault('VM_IS_USING_NESTED_VIRT', facts.ref)
    : undefined;
}

function controlDomain(operation: string, facts: VmFacts): XapiFault | undefined {
  if (!facts.isControlDomain) return undefined;
  if (!isAtLeast(facts.release, 'dundee')) return earlyControlDomain(operation);
  if (facts.isDomainZero && (operation === 'changing_VCPUs' || operation === 'destroy'))
    return new XapiFault('OPERATION_NOT_ALLOWED', 'This operation is not allowed on dom0');
  return FOR_CONTROL_DOMAINS.has(operation)
    ? undefined
    : new XapiFault('OPERATION_NOT_ALLOWED', 'This operation is not allowed on a control domain');
}

function earlyControlDomain(operation: string): XapiFault | undefined {
  const allowed = FOR_CONTROL_DOMAINS.has(operation);
  const later = [
    'changing_memory_limits',
    'changing_static_range',
    'start_on',
    'changing_VCPUs',
    'destroy',
  ];
  return allowed && !later.includes(operation)
    ? undefined
    : new XapiFault('OPERATION_NOT_ALLOWED', 'Operations on domain 0 are not allowed');
}

function quiesce(operation: string, { ref, release, features }: VmFacts): XapiFault | undefined {
  if (operation !== 'snapshot_with_quiesce') return undefined;
  const able = 'feature-quiesce' in features || 'feature-snapshot' in features;
  return able && !isAtLeast(release, 'quebec')
    ? undefined
    : new XapiFault('VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED', ref);
}

const KEEPS_DISKS: ReadonlySet<string> = new Set([
  'checkpoint',
  'snapshot',
  'suspend',
  'snapshot_with_quiesce',
]);

function disks(operation: string, facts: VmFacts): XapiFault | undefined {
  const reset = facts.disks.some((disk) => disk.resetsOnBoot);
  const cached = facts.disks.some((disk) => disk.resetsOnBoot && disk.caches);
  return (KEEPS_DISKS.has(operation) && reset) || (operation === 'pool_migrate' && cached)
    ? new XapiFault('VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION')
    : undefined;
}

function hardware(operation: string, facts: VmFacts): XapiFault | undefined {
  if (!MOVES.has(operation) && operation !== 'snapshot') return undefined;
  if (operation !== 'snapshot' && facts.passthroughDevices > 0)
    return new XapiFault('VM_HAS_PCI_ATTACHED', facts.ref);
  const atRest =
    (operation === 'migrate_send' && facts.powerState === 'Halted') ||
    (operation === 'checkpoint' && facts.powerState === 'Suspended');
  if (operation !== 'snapshot' && facts.virtualGpus > 0 && !atRest)
    return new XapiFault('VM_HAS_VGPU', facts.ref);
  return facts.virtualUsbs > 0 ? new XapiFault('VM_HAS_VUSBS', facts.ref) : undefined;
}

function membership(operation: string, facts: VmFacts): XapiFault | undefined {
  const { ref, appliance, protectionPolicy, snapshotSchedule } = facts;
  if (operation !== 'make_into_template') return undefined;
  if (appliance !== undefined) return new XapiFault('VM_IS_PART_OF_AN_APPLIANCE', ref, appliance);
  if (protectionPolicy !== undefined)
    return new XapiFault('VM_ASSIGNED_TO_PROTECTION_POLICY', ref, protectionPolicy);
  return snapshotSchedule === undefined
    ? undefined
    : new XapiFault('VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE', ref, snapshotSchedule);
}

function services(operation: string, { ref, isSystemDomain }: VmFacts): XapiFault | undefined {
  return operation === 'query_services' && !isSystemDomain
    ? new XapiFault('NOT_SYSTEM_DOMAIN', ref)
    : undefined;
}

function tpm(operation: string, { virtualTpms }: VmFacts): XapiFault | undefined {
  return operation === 'create_vtpm' && virtualTpms > 0
    ? new XapiFault('VTPM_MAX_AMOUNT_REACHED', String(virtualTpms))
    : undefined;
}

/** In the order in which XAPI asks: the first fault is the one reported (reference/xenserver.md 4.3). */
const RULES: readonly Rule[] = [
  blocked,
  wrongState,
  occupied,
  template,
  snapshot,
  wrongKind,
  immobile,
  controlDomain,
  guestFault,
  quiesce,
  disks,
  hardware,
  membership,
  services,
  tpm,
];

/** What speaks against `operation` on a VM like this, as XAPI reports it; undefined when nothing does. */
export function operationFault(
  operation: string,
  facts: VmFacts,
  strictness: Strictness = 'strict',
): XapiFault | undefined {
  for (const rule of RULES) {
    const fault = rule(operation, facts, strictness);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Possible, but never listed in `allowed_operations`. */
const UNLISTED: ReadonlySet<string> = new Set([
  'create_template',
  'power_state_reset',
  'csvm',
  'get_boot_record',
  'send_sysrq',
  'send_trigger',
  'query_services',
  'shutdown',
  'call_plugin',
  'changing_memory_live',
  'awaiting_memory_live',
  'changing_memory_limits',
  'changing_shadow_memory_live',
  'changing_VCPUs',
  'assert_operation_valid',
  'data_source_op',
  'update_allowed_operations',
  'import',
  'reverting',
  'sysprep',
]);

/** Operations that later releases brought, or began to list. */
const LISTED_SINCE: Readonly<Record<string, string>> = {
  make_into_template: 'tampa',
  changing_shadow_memory: 'tampa',
  migrate_send: 'tampa',
  changing_NVRAM: 'naples',
  metadata_export: '22.26.0',
  create_vtpm: '22.26.0',
};

function isListed(operation: string, release: string): boolean {
  const { [operation]: since = 'rio' } = LISTED_SINCE;
  return !UNLISTED.has(operation) && isAtLeast(release, since);
}

/** `VM.allowed_operations` of a VM like this, sorted. */
export function allowedVmOperations(facts: VmFacts): readonly string[] {
  return VM_OPERATIONS.filter(
    (operation) =>
      isListed(operation, facts.release) &&
      // Asked first because it settles most of them, and making a fault is not free.
      possibleStates(operation, facts).includes(facts.powerState) &&
      operationFault(operation, facts) === undefined,
  ).sort();
}
