import { stall } from '../../model/stall.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import type { snapshot } from './snapshot.js';

/** How a pass over a snapshot ends whose driver takes none. */
export function withoutSnapshots(
  { resource: { deleteRequestedAt, parts } }: Pass<typeof snapshot>,
  part: string,
  driver: string,
): Outcome {
  if (deleteRequestedAt !== null && parts[part] === undefined) return { kind: 'gone' };
  return stall('InvalidDesired', `${driver} takes no snapshots`, { code: 'NoSnapshots' });
}
