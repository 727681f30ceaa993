import { isAtLeast } from '../../datamodel/releases.js';

/** A VM's power state as XAPI spells it. */
export type PowerState = 'Halted' | 'Paused' | 'Running' | 'Suspended';

/** What decides, besides the operation, in which power states it is possible. */
export interface StateFacts {
  readonly release: string;
  readonly isSnapshot: boolean;
  readonly isControlDomain: boolean;
  /** Pool-wide: suspended VMs may be cloned (`pool.other_config` has `allow_clone_suspended_vm`). */
  readonly clonesSuspended: boolean;
}

const HALTED: readonly PowerState[] = ['Halted'];
const RUNNING: readonly PowerState[] = ['Running'];
const SUSPENDED: readonly PowerState[] = ['Suspended'];
const WITH_DOMAIN_OR_IMAGE: readonly PowerState[] = ['Paused', 'Suspended', 'Running'];
const AT_REST: readonly PowerState[] = ['Halted', 'Suspended'];
const ALL: readonly PowerState[] = ['Halted', 'Paused', 'Suspended', 'Running'];

/** The states in which XAPI carries out each operation (reference/xenserver.md 4.3). The order shows in its errors. */
const STATES: Readonly<Record<string, readonly PowerState[]>> = {
  import: [],
  changing_VCPUs: HALTED,
  changing_static_range: HALTED,
  changing_memory_limits: HALTED,
  changing_shadow_memory: HALTED,
  changing_NVRAM: HALTED,
  make_into_template: HALTED,
  provision: HALTED,
  start: HALTED,
  start_on: HALTED,
  create_vtpm: HALTED,
  clone: HALTED,
  copy: HALTED,
  unpause: ['Paused'],
  csvm: SUSPENDED,
  resume: SUSPENDED,
  resume_on: SUSPENDED,
  awaiting_memory_live: RUNNING,
  call_plugin: RUNNING,
  clean_reboot: RUNNING,
  clean_shutdown: RUNNING,
  changing_memory_live: RUNNING,
  changing_shadow_memory_live: RUNNING,
  changing_VCPUs_live: RUNNING,
  data_source_op: RUNNING,
  pause: RUNNING,
  pool_migrate: RUNNING,
  send_sysrq: RUNNING,
  send_trigger: RUNNING,
  snapshot_with_quiesce: RUNNING,
  suspend: RUNNING,
  sysprep: RUNNING,
  changing_dynamic_range: ['Halted', 'Running'],
  create_template: AT_REST,
  destroy: AT_REST,
  export: AT_REST,
  hard_reboot: ['Paused', 'Running'],
  checkpoint: WITH_DOMAIN_OR_IMAGE,
  get_boot_record: WITH_DOMAIN_OR_IMAGE,
  shutdown: WITH_DOMAIN_OR_IMAGE,
  hard_shutdown: WITH_DOMAIN_OR_IMAGE,
  migrate_send: ['Halted', 'Suspended', 'Running'],
  assert_operation_valid: ALL,
  metadata_export: ALL,
  power_state_reset: ALL,
  revert: ALL,
  reverting: ALL,
  snapshot: ALL,
  update_allowed_operations: ALL,
  query_services: ALL,
};

const ALSO_ON_RUNNING_CONTROL_DOMAINS: ReadonlySet<string> = new Set([
  'changing_VCPUs',
  'changing_static_range',
  'changing_memory_limits',
]);

/** All operations that XAPI knows. */
export const VM_OPERATIONS: readonly string[] = Object.keys(STATES);

/** The power states in which `operation` is possible, in the order in which XAPI names them. */
export function possibleStates(operation: string, facts: StateFacts): readonly PowerState[] {
  const states = STATES[operation] ?? [];
  // Until 7.0 only running VMs moved with their disks.
  if (operation === 'migrate_send' && !isAtLeast(facts.release, 'dundee')) return RUNNING;
  if (operation === 'clone' || operation === 'copy') {
    return facts.isSnapshot || facts.clonesSuspended ? AT_REST : states;
  }
  const control = facts.isControlDomain && isAtLeast(facts.release, 'dundee');
  return control && ALSO_ON_RUNNING_CONTROL_DOMAINS.has(operation) ? ['Halted', 'Running'] : states;
}
