/**
 * What to do about a difference that nobody of ours made (reference/kernel.md 1.13): make it as asked again, tell only
 * and change nothing, or take no notice. `expected` is none: its driver says by it what there is to be done from time to
 * time, and that is done like what was asked for.
 */
export type DriftPolicy = 'repair' | 'report' | 'ignore' | 'expected';

/** All of them, for checks. */
export const DRIFT_POLICIES: readonly DriftPolicy[] = ['repair', 'report', 'ignore', 'expected'];

/**
 * Policies by field: `server.powerState` (part and field), `server.disks.*` or `server.*` (all under it), `*`. The most
 * specific one counts; without any, `repair`. That an object is missing is its field `presence`.
 */
export type DriftPolicies = { readonly [field: string]: DriftPolicy };

/** The field under which an object that is missing is drift. Its absence can't be ignored, only reported. */
export const PRESENCE = 'presence';

/** The policy for a field of a part. */
export function driftPolicyOf(policies: DriftPolicies, part: string, field: string): DriftPolicy {
  const names = [part, ...field.split('.')];
  const exact = lookUp(policies, names.join('.'));
  if (exact !== undefined) return exact;
  for (let length = names.length - 1; length > 0; length -= 1) {
    const wide = lookUp(policies, `${names.slice(0, length).join('.')}.*`);
    if (wide !== undefined) return wide;
  }
  return lookUp(policies, '*') ?? 'repair';
}

function lookUp(policies: DriftPolicies, name: string): DriftPolicy | undefined {
  return Object.hasOwn(policies, name) ? policies[name] : undefined;
}
