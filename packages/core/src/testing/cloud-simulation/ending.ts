import { conditionOf } from '../../model/condition.js';
import { asUuid, type ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import { hashOf } from '../simulator/hash.js';
import type { Database } from './database.js';
import type { Scenario } from './scenario.js';

/** The identity that stands for a name of a scenario: version 7 of a fixed time, the same in every run of a seed. */
export function uuidOf(seed: number, name: string): ResourceUuid {
  const hash = hashOf(name);
  const digits = (number: number, count: number): string =>
    (number >>> 0).toString(16).padStart(8, '0').slice(-count);
  return asUuid(
    `019b7650-${digits(hash, 4)}-7${digits(seed, 3)}-8000-${digits(seed, 4)}${digits(hash, 8)}`,
  );
}

/** What there is of a scenario in the end, in words that do not depend on ids. */
export function endOf(scenario: Scenario, seed: number, database: Database): string {
  const named = scenario.scripts.flatMap(({ commands }) =>
    commands.flatMap((command) => (command.do === 'create' ? [command.name] : [])),
  );
  return named.map((name) => `${name}: ${standing(database.row(uuidOf(seed, name)))}`).join('; ');
}

/** Why a row is not as asked, as its last pass left it. */
export function reasonOf(row: Resource): string {
  const condition = conditionOf(row.conditions, 'Reconciled');
  const message = condition?.message ?? 'nothing is known';
  return `${row.type} ${row.id} (${row.outcome ?? 'never passed'}: ${message})`;
}

function standing(row: Resource | undefined): string {
  if (row === undefined) return 'never made';
  if (row.removed !== null) return 'removed';
  const { desiredState, offering, sizeGb, domain } = row.spec;
  const parts = Object.keys(row.parts).toSorted().join('+');
  const spec = [desiredState, offering, sizeGb, domain].filter((value) => value !== undefined);
  return `${isReady(row) ? 'ready' : 'not ready'} ${spec.map((value) => JSON.stringify(value)).join(' ')} ${parts}`;
}
