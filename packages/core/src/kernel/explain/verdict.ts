import type { Resource } from '../../model/resource.js';
import { SCAN_INTERVAL } from '../main-loop.js';
import type { Cause } from './cause.js';
import type { ExplainedLock, NamedResource } from './explanation.js';

/** A scan comes after this long at the latest, its jitter included; milliseconds. */
const SCAN_AT_LATEST = SCAN_INTERVAL * 1.2;
/** After so long without a pass it is not a lost hint any more: nobody scans. */
const NOBODY_SCANS = 2 * SCAN_AT_LATEST;

const NEXT_SCAN = `the next scan comes within ${SCAN_AT_LATEST / 1_000} s`;

/** All that the sentence is made from. */
export interface VerdictFacts {
  readonly name: string;
  /** What it is to be, in one word: `running`, `gone`. */
  readonly goal: string;
  readonly chain: readonly NamedResource[];
  /** The root; its `message` is fit for the one who asks. */
  readonly cause: Cause;
  readonly root: RootFacts;
  readonly now: number;
}

/** What the sentence says of the root beyond its cause. */
export interface RootFacts extends Pick<Resource, 'nextAttemptAt' | 'attempts'> {
  readonly lock: ExplainedLock | null;
  /** When what is asked now was asked for. */
  readonly askedAt: number;
  /** Since when it waits as it does. */
  readonly since: number;
}

/** Says in one sentence why it is not as asked. */
export function verdictOf(facts: VerdictFacts): string {
  const predicate = predicateOf(facts);
  const [first, ...others] = facts.chain;
  const clause =
    first === undefined
      ? `it ${predicate}`
      : others.length === 0
        ? `its ${first.name} ${predicate}`
        : [`it waits for ${first.name}`, ...others.map(({ name }) => `which waits for ${name}`)]
            .concat(`which ${predicate}`)
            .join(', ');
  return `${facts.name} is not ${facts.goal} yet: ${withoutIts(clause)}`;
}

// The words for what may not be named have an article already.
function withoutIts(clause: string): string {
  return clause.replace(/^its (a|an) /, '$1 ');
}

function predicateOf(facts: VerdictFacts): string {
  const { cause, root, now } = facts;
  const said = firstSentence(cause.message);
  switch (cause.kind) {
    case 'unattempted':
      return now - root.askedAt > NOBODY_SCANS
        ? `waits for its first pass since ${moment(root.askedAt, now)}: no kernel is running, or all its workers are busy`
        : `waits for its first pass; ${NEXT_SCAN}`;
    case 'working':
      return `is being worked on right now by ${root.lock?.owner ?? 'a kernel'}`;
    case 'progress':
      return `is on its way: ${said}; ${nextOf(root, now)}`;
    case 'backend-away':
      return cause.subject === undefined
        ? `waits for its backend since ${moment(root.since, now)}: ${said}`
        : `waits for the backend ${cause.subject}, which has not answered since ${moment(root.since, now)}`;
    case 'backend-busy':
      return `waits for the backend ${cause.subject ?? 'of its kind'}, which still works on it: ${said}`;
    case 'hook':
      return `is held back by the hook ${said}`;
    case 'refused':
      return `was refused what it needs (${cause.reason}): ${said}`;
    case 'capacity':
      return `waits for room: ${said}`;
    case 'dependency':
      return `waits: ${said}; ${nextOf(root, now)}`;
    case 'unblocked':
      return `waited for what is ready now; ${nextOf(root, now)}`;
    case 'leaving':
      return 'is being removed';
    case 'staying':
      return 'is still there, and nobody has asked for its removal';
    case 'cycle':
      return `waits for one that waits for it in turn: ${said}`;
    case 'failing':
      return `failed ${times(root.attempts)}, last with ${cause.reason}: ${said}; ${nextOf(root, now)}`;
    case 'stalled':
      return `can't go on by itself: ${said}`;
    case 'hidden':
      return 'is not ready';
  }
}

function nextOf({ lock, nextAttemptAt }: RootFacts, now: number): string {
  if (lock !== null) return `it is being worked on right now by ${lock.owner}`;
  if (nextAttemptAt === null) return 'it is looked at again when something is heard of it';
  return nextAttemptAt <= now
    ? `it is due, and ${NEXT_SCAN}`
    : `it is looked at again at ${moment(nextAttemptAt, now)}`;
}

/** When, as short as it can be told: the time of day in UTC, with the date when that is another day. */
export function moment(at: number, now: number): string {
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  return new Date(now).toISOString().startsWith(day) ? `${time} UTC` : `${day} ${time} UTC`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times in a row`;
}

function firstSentence(message: string): string {
  return message.split('. ')[0]?.replace(/\.$/, '') ?? '';
}
