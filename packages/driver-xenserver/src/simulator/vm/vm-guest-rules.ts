import { isAtLeast } from '../../datamodel/releases.js';
import { XapiFault } from '../fault.js';
import type { VmFacts } from './vm-facts.js';

/** Until 6.0, whatever the kind of the guest. */
const NEEDS_DRIVERS: ReadonlySet<string> = new Set([
  'clean_shutdown',
  'clean_reboot',
  'suspend',
  'checkpoint',
  'pool_migrate',
]);

/** In 6.1, of fully virtualised guests. */
const NEEDS_HVM_DRIVERS: ReadonlySet<string> = new Set([
  'clean_shutdown',
  'clean_reboot',
  'changing_VCPUs_live',
]);

/** Features of which a guest needs one for an operation, since 6.2. */
const NEEDED_FEATURES: Readonly<Record<string, readonly string[]>> = {
  clean_shutdown: ['feature-shutdown', 'feature-poweroff'],
  clean_reboot: ['feature-shutdown', 'feature-reboot'],
  changing_VCPUs_live: ['feature-vcpu-hotplug'],
  suspend: ['feature-suspend'],
  checkpoint: ['feature-suspend'],
  pool_migrate: ['feature-suspend'],
  migrate_send: ['feature-suspend'],
};

function missingDrivers(operation: string, facts: VmFacts): XapiFault | undefined {
  if (facts.hasDrivers) return undefined;
  const needed = isAtLeast(facts.release, 'tampa')
    ? facts.bootedAs !== 'pv' && NEEDS_HVM_DRIVERS.has(operation)
    : NEEDS_DRIVERS.has(operation) || (facts.bootedAs !== 'pv' && NEEDS_HVM_DRIVERS.has(operation));
  return needed ? new XapiFault('VM_MISSING_PV_DRIVERS', facts.ref) : undefined;
}

/** What the guest of a running VM cannot do. Paravirtual guests can do it all. A forced call trusts in luck. */
export function guestFault(
  operation: string,
  facts: VmFacts,
  strictness: 'strict' | 'forced',
): XapiFault | undefined {
  if (facts.powerState !== 'Running') return undefined;
  if (!isAtLeast(facts.release, 'clearwater')) return missingDrivers(operation, facts);
  if (facts.bootedAs === 'pv') return undefined;
  const { [operation]: needed } = NEEDED_FEATURES;
  if (needed === undefined) return undefined;
  const lacks = new XapiFault('VM_LACKS_FEATURE', facts.ref);
  const moves = needed.includes('feature-suspend');
  if (moves && facts.features['data-cant-suspend-reason'] !== undefined) return lacks;
  // A real 24.16 lets a guest with drivers change its CPUs though it never named the feature (xapi-golden).
  if (operation === 'changing_VCPUs_live' && facts.hasDrivers) return undefined;
  if (strictness === 'forced' && operation !== 'changing_VCPUs_live') return undefined;
  return needed.some((feature) => facts.features[feature] === '1') ? undefined : lacks;
}
