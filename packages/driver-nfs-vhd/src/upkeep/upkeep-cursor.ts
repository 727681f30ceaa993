import { parseUuid, type ResourceUuid } from '@gdcloud/core';

/** Where a round of upkeep goes on. Nothing depends on its being right: a lost one begins a new round. */
export interface UpkeepCursor {
  readonly phase: 'collect' | 'join';
  /** Readers whose joins did not come about in this round. */
  readonly skipped: readonly ResourceUuid[];
}

/** A cursor as text. */
export function encodeCursor({ phase, skipped }: UpkeepCursor): string {
  return [phase, ...skipped].join(' ');
}

/** Reads a cursor; a new round where it is none. */
export function parseCursor(text: string | undefined): UpkeepCursor {
  const [phase, ...skipped] = (text ?? '').split(' ');
  if (phase !== 'join') return { phase: 'collect', skipped: [] };
  return { phase, skipped: skipped.flatMap((uuid) => parseUuid(uuid) ?? []) };
}
