import { isAtLeast } from '../../datamodel/releases.js';
import { XapiFault } from '../fault.js';
import { firstFault, type Rule, type RunningOperation } from './rule-table.js';

/** Everything that decides which operations a storage repository allows. */
export interface SrFacts {
  readonly release: string;
  readonly ref: string;
  readonly isToolsRepository: boolean;
  readonly capabilities: ReadonlySet<string>;
  readonly operations: readonly RunningOperation[];
  /** Hosts that know it, and those that have it plugged. */
  readonly connections: number;
  readonly plugged: number;
  /** Disks in it that are not only bases of others. */
  readonly managedDisks: number;
}

const SR_OPERATIONS = [
  'destroy',
  'forget',
  'pbd_create',
  'pbd_destroy',
  'plug',
  'scan',
  'unplug',
  'update',
  'vdi_clone',
  'vdi_create',
  'vdi_destroy',
  'vdi_introduce',
  'vdi_mirror',
  'vdi_resize',
  'vdi_snapshot',
] as const;

/** What may be done to a storage repository. */
export type SrOperation = (typeof SR_OPERATIONS)[number];

type SrRule = Rule<SrOperation, SrFacts>;

/** XAPI clones disks itself where the storage manager can't. */
const NEEDED: Readonly<Record<string, string>> = {
  update: 'SR_UPDATE',
  vdi_create: 'VDI_CREATE',
  vdi_destroy: 'VDI_DELETE',
  vdi_introduce: 'VDI_INTRODUCE',
  vdi_mirror: 'VDI_MIRROR',
  vdi_resize: 'VDI_RESIZE',
  vdi_snapshot: 'VDI_SNAPSHOT',
};
const NOT_WITH_TOOLS: ReadonlySet<string> = new Set(['vdi_create', 'vdi_destroy']);
const LISTED_SINCE: Readonly<Record<string, string>> = {
  pbd_create: 'tampa',
  pbd_destroy: 'tampa',
};

const unsupported: SrRule = (operation, { ref, capabilities, isToolsRepository }) => {
  const { [operation]: needed } = NEEDED;
  const able = needed === undefined || capabilities.has(needed);
  return able && !(isToolsRepository && NOT_WITH_TOOLS.has(operation))
    ? undefined
    : new XapiFault('SR_OPERATION_NOT_SUPPORTED', ref);
};

const connected: SrRule = (operation, { release, ref, connections, plugged, managedDisks }) => {
  const leaves = operation === 'destroy' || operation === 'forget';
  if (!leaves || !isAtLeast(release, 'tampa')) return undefined;
  if (plugged > 0) return new XapiFault('SR_HAS_PBD', ref);
  if (operation === 'forget') return undefined;
  if (connections === 0) return new XapiFault('SR_HAS_NO_PBDS', ref);
  return managedDisks > 0 ? new XapiFault('SR_NOT_EMPTY') : undefined;
};

const occupied: SrRule = (_, { ref, operations }) => {
  const [first] = operations;
  return first === undefined
    ? undefined
    : new XapiFault('OTHER_OPERATION_IN_PROGRESS', 'SR', ref, first.name, first.task);
};

/** In the order in which XAPI asks. */
const RULES: readonly SrRule[] = [unsupported, connected, occupied];

/** What speaks against `operation` on a repository like this; undefined when nothing does. */
export function srFault(operation: SrOperation, facts: SrFacts): XapiFault | undefined {
  return firstFault(RULES, operation, facts);
}

/** `SR.allowed_operations` of a repository like this, sorted. */
export function allowedSrOperations(facts: SrFacts): readonly string[] {
  return SR_OPERATIONS.filter((operation) => {
    const { [operation]: since = 'boston' } = LISTED_SINCE;
    return isAtLeast(facts.release, since) && srFault(operation, facts) === undefined;
  });
}
