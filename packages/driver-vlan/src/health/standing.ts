import type { BackendCheck } from '@gdcloud/core';

/** Whether a backend counts as well, and how many checks in a row have said otherwise. */
export interface Standing {
  readonly counts: 'well' | 'unwell';
  readonly contrary: number;
}

/** How a check has ended. */
export type CheckResult = 'passed' | 'failed';

/** Of whom nothing is known but that. */
export function standingOf(counts: Standing['counts']): Standing {
  return { counts, contrary: 0 };
}

/** The standing after one more check: `fall` failures in a row make a backend unwell, `rise` passes make it well again. */
export function afterCheck(
  { counts, contrary }: Standing,
  result: CheckResult,
  { rise, fall }: Pick<BackendCheck, 'rise' | 'fall'>,
): Standing {
  const isContrary = (counts === 'well') !== (result === 'passed');
  if (!isContrary) return standingOf(counts);
  const inARow = contrary + 1;
  if (inARow < (counts === 'well' ? fall : rise)) return { counts, contrary: inARow };
  return standingOf(counts === 'well' ? 'unwell' : 'well');
}
