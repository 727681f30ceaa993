import { date, enumeration, int } from '../../model/field.js';

const DAY_S = 86_400;

/** What of a server says whether it is put aside; rows of earlier releases do not. */
interface PutAside {
  readonly spec: { readonly removeAfter?: number | null };
}

/** Fields of a server that is put aside, for which its actions and the task that removes it answer. */
export const DISCARDED_FIELDS = {
  removeAfter: date({
    description: 'Put aside: from when on it is removed. Null where it is not put aside.',
    write: 'internal',
  }),
  desiredStateBefore: enumeration(['running', 'stopped'], {
    description: 'What it was to be before it was put aside; null where it is not put aside.',
    write: 'internal',
  }),
} as const;

/** How long a server that is put aside can be taken back. */
export const GRACE = int({
  description: 'For how long it can be taken back.',
  default: DAY_S,
  min: 60,
  max: 30 * DAY_S,
});

/** Whether a server is put aside, to be removed later. */
export function isDiscarded({ spec }: PutAside): boolean {
  return typeof spec.removeAfter === 'number';
}

/** Why a server that is put aside does not run; undefined where it is not put aside. */
export function whyNotRunning({ spec }: PutAside): string | undefined {
  return typeof spec.removeAfter === 'number'
    ? `it is put aside, and removed after ${new Date(spec.removeAfter).toISOString()}: restore it first`
    : undefined;
}
