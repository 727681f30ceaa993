import type { ConditionStatement } from '../../model/condition.js';
import type { ApplianceStanding } from '../../ports/drivers/appliance.js';

type Pair = Readonly<Record<string, ApplianceStanding>>;

/** What people are told of a network with a pair of appliances. */
export function pairStatement(pair: Pair): ConditionStatement {
  const trouble = pairTrouble(pair);
  if (trouble !== undefined) return { type: 'Healthy', status: 'False', ...trouble };
  const message = 'both its appliances carry it';
  return { type: 'Healthy', status: 'True', reason: 'BothCarry', message };
}

/** What is wrong with a pair, in a sentence; undefined: nothing. */
export function pairTrouble(
  pair: Pair,
): { readonly reason: string; readonly message: string } | undefined {
  const those = (...ways: readonly ApplianceStanding[]): readonly string[] =>
    Object.keys(pair).filter((name) => ways.some((way) => pair[name] === way));
  const carrying = those('active', 'carrying');
  const inForce =
    carrying.length === 0
      ? 'none of its appliances is active'
      : `it is in force on ${carrying.join(' and ')}`;
  const [away, behind] = [those('away'), those('behind')];
  if (away.length > 0) {
    return {
      reason: 'ApplianceAway',
      message: `${away.join(' and ')} can’t be reached; ${inForce}`,
    };
  }
  if (behind.length > 0) {
    return {
      reason: 'ApplianceBehind',
      message: `${behind.join(' and ')} lacks what was asked for last; ${inForce}`,
    };
  }
  return carrying.length === 0
    ? { reason: 'NoneActive', message: 'none of its appliances is active' }
    : undefined;
}
