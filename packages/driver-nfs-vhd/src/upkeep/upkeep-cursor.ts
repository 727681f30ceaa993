import { parseUuid, type ResourceUuid } from '@gdcloud/core';

/** Where a round of upkeep goes on. Nothing depends on its being right: a lost one begins a new round. */
export type UpkeepCursor =
  | { readonly phase: 'collect' }
  /** `skipped`: readers whose joins did not come about in this round. */
  | { readonly phase: 'join'; readonly skipped: readonly ResourceUuid[] }
  /** `steps`: how many were taken in this round. */
  | { readonly phase: 'scrub'; readonly steps: number };

/** A cursor as text. */
export function encodeCursor(cursor: UpkeepCursor): string {
  if (cursor.phase === 'join') return ['join', ...cursor.skipped].join(' ');
  return cursor.phase === 'scrub' ? `scrub ${cursor.steps}` : 'collect';
}

/** Reads a cursor; a new round where it is none. */
export function parseCursor(text: string | undefined): UpkeepCursor {
  const [phase, ...rest] = (text ?? '').split(' ');
  if (phase === 'join') return { phase, skipped: rest.flatMap((uuid) => parseUuid(uuid) ?? []) };
  const steps = Number(rest[0]);
  return phase === 'scrub' && Number.isSafeInteger(steps) ? { phase, steps } : { phase: 'collect' };
}
