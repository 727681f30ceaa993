import type { ApplianceActual, ApplianceStanding, ObjectKey, Observation } from '@gdcloud/core';
import { type Answer, allAway, answersOf, awayOf } from './member-appliance.js';

/** What a look at the appliances of a pair shows. */
export type Seen = Observation<ApplianceActual>;
/** What a look at one of them has shown that showed anything. */
export type Looked = Exclude<Seen, { presence: 'unknown' }>;
type Present = Extract<Seen, { presence: 'present' }>;
type Answered<Result> = Extract<Answer<Result>, { kind: 'answered' }>;

/**
 * What looks at each appliance of a pair come to. What is recorded to be there is not absent before all have said so: one
 * that is away may have it.
 */
export function pairObservation(
  asked: readonly Answer<Looked>[],
  { external }: ObjectKey,
  isHeldBack: (appliance: string) => boolean,
): Seen {
  const answered = answersOf(asked);
  const away = awayOf(asked);
  if (answered.length === 0) return { presence: 'unknown', failure: allAway(away) };
  const present = answered.filter(isPresent);
  const behind = answered.filter((answer) => !isAsAsked(answer));
  const standing = new Map<string, ApplianceStanding>([
    ...away.map(({ by }) => [by.name, 'away'] as const),
    ...present.map(({ by, result }) => [by.name, result.actual.inPair ?? 'carrying'] as const),
    ...behind.map(({ by }) => [by.name, 'behind'] as const),
  ]);
  const pair = Object.fromEntries(standing);
  const [first] = present;
  if (first === undefined) {
    return away.length === 0 || external === undefined
      ? { presence: 'absent' }
      : {
          presence: 'present',
          external,
          actual: { revision: 0, mode: 'full', pair },
          changes: [isBehind(behind)],
        };
  }
  const heard = present.find(({ result }) => result.actual.inPair === 'active') ?? first;
  const asAsked = present.find(isAsAsked);
  const { inPair: _, ...actual } = heard.result.actual;
  const { revision } = (asAsked ?? first).result.actual;
  const told = behind.filter(({ by }) => !isHeldBack(by.name));
  return {
    presence: 'present',
    external: first.result.external,
    actual: { ...actual, revision, pair },
    // Only one that is behind is brought there; what both of them lack is asked for, or was changed by somebody.
    changes: asAsked === undefined ? changesOf(first.result, behind) : behindChanges(told),
    ...(present.some(({ result }) => result.busy === true) && { busy: true }),
  };
}

function isAsAsked({ result }: Answered<Looked>): boolean {
  return result.presence === 'present' && result.changes.length === 0;
}

function changesOf({ changes }: Present, behind: readonly Answered<Looked>[]): Present['changes'] {
  return changes.length > 0 ? changes : behindChanges(behind);
}

function behindChanges(behind: readonly Answered<Looked>[]): Present['changes'] {
  return behind.length === 0 ? [] : [isBehind(behind)];
}

function isBehind(behind: readonly Answered<Looked>[]): Present['changes'][number] {
  return { field: 'behind', desired: [], actual: behind.map(({ by }) => by.name) };
}

/** Whether an appliance has it. */
export function isPresent(answer: Answered<Looked>): answer is Answered<Present> {
  return answer.result.presence === 'present';
}
