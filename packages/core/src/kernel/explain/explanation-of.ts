import { conditionOf } from '../../model/condition.js';
import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import type { HistoryEvent } from '../../ports/store.js';
import type { BreakerState } from '../circuit-breaker.js';
import type { Cause } from './cause.js';
import { candidatesOf, eliminatedOf } from './details.js';
import type {
  Elimination,
  ExplainedLock,
  ExplainedPass,
  Explanation,
  NamedResource,
} from './explanation.js';
import { type HiddenName, withoutNames } from './hidden-names.js';
import { type Concerned, suggestionsFor } from './suggestions.js';
import { type RootFacts, verdictOf } from './verdict.js';

/** How many passes an explanation tells. */
const PASSES = 10;

/** A resource with what is known of it besides its row. */
export interface Fact {
  readonly resource: Resource;
  /** Newest first. */
  readonly events: readonly HistoryEvent[];
  readonly lock: ExplainedLock | null;
}

/** All that an explanation is made from. */
export interface Facts {
  /** What kind of account asks. */
  readonly kind: 'admin' | 'user';
  readonly now: number;
  /** What the resource is to be, in one word. */
  readonly goal: string;
  /** From the resource that was asked about to the last one that may be named. */
  readonly path: readonly Resource[];
  /** Undefined when it is as asked. */
  readonly cause: Cause | undefined;
  /** What the root is called when it may not be named. */
  readonly hidden: string | undefined;
  readonly lock: ExplainedLock | null;
  /** The last one of the path. */
  readonly root: Fact;
  /** Of the resource that was asked about, newest first. */
  readonly events: readonly HistoryEvent[];
  readonly hiddenNames: readonly HiddenName[];
  readonly breakers: readonly BreakerState[];
  readonly helpable: Concerned;
}

/** Says it. Pure. */
export function explanationOf(facts: Facts): Explanation {
  const { hiddenNames } = facts;
  const show = (text: string): string => withoutNames(text, hiddenNames);
  const resource = facts.path[0] ?? facts.root.resource;
  const asked = named(resource);
  const chain = [
    ...facts.path.slice(1).map(named),
    ...(facts.hidden === undefined ? [] : [unnamed(facts.hidden)]),
  ];
  const cause =
    facts.cause === undefined ? undefined : { ...facts.cause, message: show(facts.cause.message) };
  return {
    verdict:
      cause === undefined
        ? atRest(resource, asked.name, show)
        : verdictOf({
            name: asked.name,
            goal: facts.goal,
            chain,
            cause,
            root: rootFacts(facts),
            now: facts.now,
          }),
    asAsked: cause === undefined ? 'yes' : 'no',
    resource: asked,
    root:
      cause === undefined
        ? null
        : {
            ...(chain.at(-1) ?? asked),
            condition: cause.condition,
            reason: cause.reason,
            message: cause.message,
          },
    chain: cause === undefined ? [] : chain,
    generation: resource.generation,
    observedGeneration: resource.observedGeneration,
    attemptedGeneration: resource.attemptedGeneration,
    conditions: resource.conditions.map((condition) => ({
      type: condition.type,
      status: condition.status,
      reason: condition.reason,
      message: show(condition.message),
      observedGeneration: condition.observedGeneration,
      current: condition.observedGeneration === resource.generation ? 'yes' : 'no',
      lastTransitionTime: condition.lastTransitionTime,
    })),
    lock: facts.lock,
    passes: passesOf(facts.events)
      .slice(0, PASSES)
      .map((pass) => shown(pass, facts.kind, show)),
    nextAttemptAt: resource.nextAttemptAt,
    attempts: resource.attempts,
    lastError:
      resource.lastErrorCode === null
        ? null
        : { code: resource.lastErrorCode, message: show(resource.lastErrorMessage ?? '') },
    breakers: facts.breakers,
    placement: facts.hidden === undefined ? placementOf(facts, show) : [],
    suggestions: cause === undefined ? [] : suggestionsFor(cause, facts.helpable),
  };
}

function atRest(resource: Resource, name: string, show: (text: string) => string): string {
  if (resource.removed !== null) return `${name} is removed, as asked; nothing is left of it`;
  const drifted = conditionOf(resource.conditions, 'Drifted');
  if (isReady(resource) && drifted?.status === 'True') {
    return `${name} is as asked as far as we keep it so, but somebody else changed it: ${show(drifted.message)}`;
  }
  const healthy = conditionOf(resource.conditions, 'Healthy');
  return healthy?.status === 'False'
    ? `${name} is as asked, but ${show(healthy.message)}`
    : `${name} is as asked`;
}

function rootFacts({ root, cause, breakers }: Facts): RootFacts {
  const { resource, events, lock } = root;
  const breaker = breakers.find(
    ({ state, backend }) => state !== 'closed' && backend === cause?.subject,
  );
  const [last, ...before] = passesOf(events);
  const other = before.findIndex(({ result }) => result !== last?.result);
  const first = before.slice(0, other === -1 ? before.length : other).at(-1) ?? last;
  return {
    nextAttemptAt: resource.nextAttemptAt,
    attempts: resource.attempts,
    lock,
    askedAt: events.find(({ what }) => what.endsWith('requested'))?.at ?? resource.created,
    since:
      breaker?.since ??
      first?.at ??
      conditionOf(resource.conditions, 'Reconciled')?.lastTransitionTime ??
      resource.created,
  };
}

function passesOf(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  return events.filter(({ what }) => what === 'pass');
}

// A pass that found no room says of each host why. Which hosts those were is only known for the last one.
function shown(
  { at, why, result }: HistoryEvent,
  kind: 'admin' | 'user',
  show: (text: string) => string,
): ExplainedPass {
  const roomless = kind === 'user' && result.startsWith('wait for capacity');
  return { at, why, result: roomless ? 'wait for capacity' : show(result) };
}

function placementOf({ root }: Facts, show: (text: string) => string): readonly Elimination[] {
  const scheduled = conditionOf(root.resource.conditions, 'Scheduled');
  if (scheduled?.status !== 'False') return [];
  return eliminatedOf(scheduled).map(({ name, by }) => {
    const end = by.indexOf(': ');
    return {
      candidate: /^\d*$/.test(name) ? `${candidatesOf(scheduled)} ${name}` : show(name),
      filter: end === -1 ? null : by.slice(0, end),
      why: show(end === -1 ? by : by.slice(end + 2)),
    };
  });
}

function named({ type, id, uuid }: Resource): NamedResource {
  return { name: `${type} ${id}`, type, id, uuid };
}

function unnamed(name: string): NamedResource {
  return { name, type: null, id: null, uuid: null };
}
