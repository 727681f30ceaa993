import { conditionOf } from '../../model/condition.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { TypeRegistry } from '../../model/registry.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import { isReady } from '../../model/state.js';
import type { Clock } from '../../ports/clock.js';
import type { LockService } from '../../ports/lock-service.js';
import type { HistoryEvent, Store } from '../../ports/store.js';
import { mayDo } from '../access.js';
import type { BreakerState } from '../circuit-breaker.js';
import type { Caller } from '../resources.js';
import { type Cause, cause, causeOf } from './cause.js';
import { candidatesOf, eliminatedOf, lastDetails } from './details.js';
import type { ExplainedLock, Explanation } from './explanation.js';
import { explanationOf, type Fact } from './explanation-of.js';
import type { HiddenName } from './hidden-names.js';
import { blockersOf, nextBlocker } from './next-blocker.js';
import type { Helpable } from './suggestions.js';
import { isShown, ownerOf, possibleOf } from './viewpoint.js';

/** What the explainer works with. */
export interface ExplainerOptions {
  readonly store: Pick<Store, 'get' | 'find' | 'history'>;
  readonly locks: Pick<LockService, 'holder'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly types: TypeRegistry;
  /** The circuits to all backends; none where there are no circuit breakers. */
  readonly breakers?: (() => readonly BreakerState[]) | undefined;
  /** The actions that a caller may ask of a resource now, built-in ones included. */
  actions(caller: Caller, type: ResourceType, resource: Resource): readonly string[];
}

/** How far the root is looked for: longer chains than this are taken for its end. */
const LONGEST_CHAIN = 32;
/** Of a resource that waits for very many, so many are looked at. */
const MOST_BLOCKERS = 50;
/** How many events are read to find the last passes and the last request. */
const EVENTS = 200;

/** The way from a resource to the root of its waiting. The last of it is the root. */
interface Path {
  readonly steps: readonly Resource[];
  readonly cause: Cause;
  /** What may not be named to the one who asks, in place of the root. */
  readonly hidden: string | undefined;
}

/** Gathers what an {@link Explanation} is made from; what to say is decided elsewhere, by pure functions. */
export class Explainer {
  readonly #options: ExplainerOptions;

  constructor(options: ExplainerOptions) {
    this.#options = options;
  }

  /** Explains a resource that the caller may read. Throws PortUnavailable when the store can't answer. */
  async explain(caller: Caller, resource: Resource): Promise<Explanation> {
    const { store, clock, breakers } = this.#options;
    const path = await this.#path(caller, resource);
    const root = path?.steps.at(-1) ?? resource;
    const hiddenNames = await this.#hiddenNames(caller, path?.steps ?? [resource]);
    const events = await store.history(resource.uuid, EVENTS);
    const waiting = path?.steps.at(-2) ?? resource;
    const account = await store.get(resource.account);
    return explanationOf({
      kind: caller.kind,
      now: clock.now(),
      goal: this.#goal(resource),
      path: path?.steps ?? [resource],
      cause: path?.cause,
      hidden: path?.hidden,
      lock: await this.#holder(resource),
      root: await this.#rootFacts(root, resource, events),
      events,
      hiddenNames,
      breakers: concerned(breakers?.() ?? [], path?.steps ?? [resource]),
      helpable: {
        asked: this.#helpable(caller, resource),
        waiting: this.#helpable(caller, waiting),
        root: path?.hidden === undefined ? this.#helpable(caller, root) : undefined,
        owner: await this.#ownerOf(caller, root),
        account:
          account !== undefined && this.#shows(caller, account)
            ? this.#helpable(caller, account)
            : undefined,
      },
    });
  }

  /** Follows what is waited for to its root; undefined for what is as asked. */
  async #path(caller: Caller, resource: Resource): Promise<Path | undefined> {
    if (resource.removed !== null || isReady(resource)) return undefined;
    const steps = [resource];
    const seen = new Set([resource.uuid]);
    for (let current = resource; steps.length < LONGEST_CHAIN; ) {
      const blockers = blockersOf(current);
      if (blockers.length === 0) break;
      const next = nextBlocker(current, await this.#all(blockers), seen);
      if (next.kind === 'cycle') {
        const last = await this.#causeOf(current);
        return { steps, cause: { ...last, kind: 'cycle' }, hidden: undefined };
      }
      if (next.kind === 'none') {
        // What can't work by itself does not begin to because something has gone.
        if (current.outcome === 'stall') break;
        const message = 'what it waited for is ready now';
        return { steps, cause: cause('unblocked', 'Unblocked', message), hidden: undefined };
      }
      if (!this.#shows(caller, next.blocker)) {
        return {
          steps,
          cause: cause('hidden', 'NotReady', 'it is not ready'),
          hidden: this.#wordsFor(caller, next.blocker),
        };
      }
      steps.push(next.blocker);
      if (next.kind === 'end') return { steps, cause: next.cause, hidden: undefined };
      current = next.blocker;
      seen.add(current.uuid);
    }
    return {
      steps,
      cause: await this.#causeOf(steps.at(-1) ?? resource),
      hidden: undefined,
    };
  }

  async #all(uuids: readonly ResourceUuid[]): Promise<readonly Resource[]> {
    const found = await Promise.all(
      uuids.slice(0, MOST_BLOCKERS).map((uuid) => this.#options.store.get(uuid)),
    );
    return found.filter((resource) => resource !== undefined);
  }

  async #causeOf(resource: Resource): Promise<Cause> {
    return causeOf(resource, await this.#holder(resource));
  }

  // Who holds the lock is nice to know; what keeps it from being known must not keep the rest from being said.
  async #holder({ uuid }: Resource): Promise<ExplainedLock | null> {
    try {
      const holder = await this.#options.locks.holder(uuid);
      return holder === undefined ? null : { owner: holder.owner, since: holder.since ?? null };
    } catch {
      return null;
    }
  }

  async #rootFacts(root: Resource, asked: Resource, known: readonly HistoryEvent[]): Promise<Fact> {
    const events =
      root.uuid === asked.uuid ? known : await this.#options.store.history(root.uuid, EVENTS);
    return { resource: root, events, lock: await this.#holder(root) };
  }

  // The state it comes to rest in, where people ask for such resources; what is only found has no state to wait for.
  #goal(resource: Resource): string {
    if (resource.deleteRequestedAt !== null) return 'gone';
    const type = this.#options.types.get(resource.type);
    const { users, administrators } = type.access;
    return [...users, ...administrators].includes('create')
      ? type.lifecycle.settled(resource)
      : 'as asked';
  }

  #shows(caller: Caller, resource: Resource): boolean {
    return isShown(caller, this.#options.types.get(resource.type), resource);
  }

  #wordsFor(caller: Caller, { account, type }: Resource): string {
    return account === caller.account ? `a ${type}` : 'a resource of another account';
  }

  async #ownerOf(caller: Caller, resource: Resource): Promise<Helpable | undefined> {
    const { types, store } = this.#options;
    const owner = ownerOf(types.get(resource.type), resource);
    if (owner === undefined) return undefined;
    const found = await store.find({ kind: 'all' }, types.get(owner.type), owner.id);
    return found === undefined || !this.#shows(caller, found)
      ? undefined
      : this.#helpable(caller, found);
  }

  #helpable(caller: Caller, resource: Resource): Helpable {
    const type = this.#options.types.get(resource.type);
    return possibleOf(caller, type, resource, this.#options.actions(caller, type, resource));
  }

  // Messages of passes name hosts, which users do not see: those that these resources are on, or were kept from.
  async #hiddenNames(
    caller: Caller,
    resources: readonly Resource[],
  ): Promise<readonly HiddenName[]> {
    if (caller.kind === 'admin' && caller.scopes === undefined) return [];
    const names: HiddenName[] = [];
    for (const resource of resources) {
      const type = this.#options.types.get(resource.type);
      for (const [field, { target }] of Object.entries({ ...type.spec, ...type.status })) {
        const id = resource.status[field] ?? resource.spec[field];
        if (target === undefined || typeof id !== 'string') continue;
        const targetType = this.#options.types.get(target);
        const found = await this.#options.store.find({ kind: 'all' }, targetType, id);
        if (found === undefined || this.#shows(caller, found)) continue;
        for (const name of [found.name, found.naturalKey]) {
          if (name !== null) names.push({ name, instead: `a ${target}` });
        }
      }
      const scheduled = conditionOf(resource.conditions, 'Scheduled');
      const candidates = candidatesOf(scheduled);
      const theirs = this.#options.types.find(candidates);
      if (theirs !== undefined && mayDo(caller, theirs, 'read')) continue;
      const instead = `a ${candidates}`;
      names.push(...eliminatedOf(scheduled).map(({ name }) => ({ name, instead })));
    }
    return names;
  }
}

function concerned(
  breakers: readonly BreakerState[],
  path: readonly Resource[],
): readonly BreakerState[] {
  const concerning = new Set(path.map((resource) => lastDetails(resource).backend));
  return breakers.filter(({ backend }) => concerning.has(backend));
}
