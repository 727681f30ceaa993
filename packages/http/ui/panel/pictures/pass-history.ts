import type { Change } from '#client/watch.js';
import { member, textOf } from '../../hypermedia/documents.js';

/** How a pass of the kernel ended; see docs/architecture.md, “How a pass ends”. */
export type Outcome = 'done' | 'wait' | 'retry' | 'stalled' | 'gone';

/** A pass that was heard of. */
export interface Pass {
  readonly at: number;
  readonly type: string;
  readonly resourceId: string;
  readonly why: string;
  readonly result: string;
  readonly outcome: Outcome;
}

/** The outcomes in the order in which they are explained. */
export const OUTCOMES: readonly Outcome[] = ['done', 'wait', 'retry', 'stalled', 'gone'];

/** The passes that a change of the feed tells of. A change may tell of none. */
export function passesIn({ events, resourceType, resourceId }: Change): readonly Pass[] {
  return events
    .filter((event) => member(event, 'what') === 'pass')
    .map((event) => {
      const result = textOf(member(event, 'result'));
      return {
        at: Number(member(event, 'timeTS')),
        type: resourceType,
        resourceId,
        why: textOf(member(event, 'why')),
        result,
        outcome: outcomeOf(result),
      };
    });
}

/** The outcome that a result begins with: `wait for dependency: …`. What is not known counts as under way. */
export function outcomeOf(result: string): Outcome {
  return OUTCOMES.find((outcome) => result.startsWith(outcome)) ?? 'wait';
}

/** The passes since a moment, the oldest first, and no more than `most` of them. */
export function recent(passes: readonly Pass[], since: number, most: number): readonly Pass[] {
  return passes.filter(({ at }) => at >= since).slice(-most);
}

/** How many passes ended how. */
export function counted(passes: readonly Pass[]): { readonly [outcome in Outcome]: number } {
  const counts = { done: 0, wait: 0, retry: 0, stalled: 0, gone: 0 };
  for (const { outcome } of passes) counts[outcome] += 1;
  return counts;
}
