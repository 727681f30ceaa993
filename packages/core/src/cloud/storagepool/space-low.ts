import type { ConditionStatement } from '../../model/condition.js';
import type { StorageSettings } from './storage-settings.js';

/** Room on a share, in bytes. */
export interface Room {
  readonly totalBytes: number;
  readonly usedBytes: number;
}

const TYPE = 'SpaceLow';
/** It has to get so much emptier before the warning goes: a share on the line is not told about every minute. */
const SLACK_PERCENT = 2;
const REMEDY =
  'Remove snapshots and volumes that nobody needs, move volumes to another pool, make the share bigger, or add another; servers stop when it is full';

/**
 * What is to be said of the room on a share. Undefined where nothing is to be said and nothing was: a share that never was
 * low has no condition about it.
 */
export function spaceLow(
  { totalBytes, usedBytes }: Room,
  before: { readonly status: string; readonly reason: string } | undefined,
  { spaceWarningPercent, spaceCriticalPercent }: StorageSettings,
): ConditionStatement | undefined {
  if (totalBytes <= 0) return undefined;
  const percent = (usedBytes / totalBytes) * 100;
  const isWarned = before?.status === 'True';
  const isAlarmed = isWarned && before.reason === 'NearlyFull';
  const details = { usedPercent: Math.floor(percent) };
  const message = `${details.usedPercent} % of it is taken. ${REMEDY}`;
  if (percent >= spaceCriticalPercent - (isAlarmed ? SLACK_PERCENT : 0))
    return { type: TYPE, status: 'True', reason: 'NearlyFull', message, details };
  if (percent >= spaceWarningPercent - (isWarned ? SLACK_PERCENT : 0))
    return { type: TYPE, status: 'True', reason: 'GettingFull', message, details };
  return isWarned
    ? { type: TYPE, status: 'False', reason: 'Enough', message: 'there is room again' }
    : undefined;
}
