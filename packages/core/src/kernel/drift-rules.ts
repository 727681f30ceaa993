import { DRIFT_POLICIES, type DriftPolicies } from '../model/drift-policy.js';
import type { TypeRegistry } from '../model/registry.js';

/** Drift policies by resource type, as an operator sets them; they go before what the type itself says. */
export type DriftRules = { readonly [type: string]: DriftPolicies };

/**
 * The policies of every type: the operator's where they say something, else the type's own.
 * Throws TypeError when a rule names no type, or a policy that there is not.
 */
export function driftPolicies(
  types: TypeRegistry,
  rules: DriftRules,
): (type: string) => DriftPolicies {
  for (const [id, policies] of Object.entries(rules)) {
    if (!types.all().some((type) => type.id === id))
      throw new TypeError(`drift: no resource type is called ${id}`);
    check(id, policies);
  }
  const byType = new Map<string, DriftPolicies>();
  for (const type of types.all()) {
    check(type.id, type.drift ?? {});
    byType.set(type.id, { ...type.drift, ...rules[type.id] });
  }
  return (type) => byType.get(type) ?? {};
}

function check(type: string, policies: DriftPolicies): void {
  for (const [field, policy] of Object.entries(policies)) {
    if (!DRIFT_POLICIES.includes(policy)) {
      throw new TypeError(
        `drift: ${type} ${field} has the policy ${String(policy)}; there are ${DRIFT_POLICIES.join(', ')}`,
      );
    }
  }
}
