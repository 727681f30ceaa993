import type { BackendCheck, Cancel, Clock, ResourceUuid } from '@gdcloud/core';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import { namespaceName } from '../plan/plan-names.js';
import { ALL_WELL, type UnwellServers } from '../program/compile-program.js';
import { limitedWork } from '../time/limited-work.js';
import type { ProbeTarget } from './probe.js';
import { ProbeSlots } from './probe-slots.js';
import { afterCheck, type CheckResult, type Standing, standingOf } from './standing.js';

/** What a watch works with. */
export interface HealthWatchParts {
  readonly clock: Clock;
  /** Asks one backend. What throws tells nothing about it. */
  readonly probe: (target: ProbeTarget, signal: AbortSignal) => Promise<CheckResult>;
  /**
   * Carries a document with these servers left out. `superseded`: it isn't the document that is carried, and is watched
   * no more. What throws is tried again after the next check.
   */
  readonly apply: (
    document: ApplianceDocument,
    unwell: UnwellServers,
    signal: AbortSignal,
  ) => Promise<'done' | 'superseded'>;
}

/** Checks at a time, of all networks: each is a process. */
const MOST_PROBES = 16;
/** How long to carry a change may take; milliseconds. */
const LONGEST_APPLY = 60_000;

interface WatchedNetwork {
  document: ApplianceDocument;
  readonly backends: Map<string, WatchedBackend>;
  /** Who is left out by what is carried. */
  applied: UnwellServers;
  isApplying: boolean;
}

interface WatchedBackend {
  readonly balancer: ResourceUuid;
  readonly server: ResourceUuid;
  readonly target: ProbeTarget;
  standing: Standing;
  cancel: Cancel;
}

/** Checks the backends of balancers by the clock, and has those left out that are unwell. */
export class HealthWatch {
  readonly #parts: HealthWatchParts;
  readonly #networks = new Map<ResourceUuid, WatchedNetwork>();
  readonly #slots = new ProbeSlots(MOST_PROBES);
  readonly #end = new AbortController();

  constructor(parts: HealthWatchParts) {
    this.#parts = parts;
  }

  /** The servers of a network that are unwell, by balancer; undefined where it isn't watched. */
  unwell(network: ResourceUuid): UnwellServers | undefined {
    const watched = this.#networks.get(network);
    return watched === undefined ? undefined : unwellOf(watched);
  }

  /**
   * Watches the backends of a document that is carried with the servers `carried` left out. Those that were watched
   * already keep their standing; the others begin with what is carried.
   */
  watch(document: ApplianceDocument, carried: UnwellServers): void {
    if (this.#end.signal.aborted) return;
    const targets = targetsOf(document);
    if (targets.size === 0) {
      this.forget(document.network);
      return;
    }
    const watched = this.#networks.get(document.network) ?? {
      document,
      backends: new Map<string, WatchedBackend>(),
      applied: carried,
      isApplying: false,
    };
    watched.document = document;
    watched.applied = carried;
    this.#networks.set(document.network, watched);
    for (const [key, backend] of watched.backends) {
      if (targets.has(key)) continue;
      backend.cancel();
      watched.backends.delete(key);
    }
    // Spread over the interval, so that not all of them are asked at once.
    let nth = 0;
    for (const [key, target] of targets) {
      nth += 1;
      if (watched.backends.has(key)) continue;
      const isUnwell = carried.get(target.balancer)?.has(target.server) === true;
      const standing = standingOf(isUnwell ? 'unwell' : 'well');
      const backend = { ...target, standing, cancel: () => {} };
      watched.backends.set(key, backend);
      const first = (target.target.check.intervalMs * (nth - 1)) / targets.size;
      this.#schedule(watched, key, backend, first);
    }
  }

  /** Watches a network no more. */
  forget(network: ResourceUuid): void {
    for (const { cancel } of this.#networks.get(network)?.backends.values() ?? []) cancel();
    this.#networks.delete(network);
  }

  /** Ends all checks. */
  close(): void {
    this.#end.abort(new Error('the watch has ended'));
    for (const network of this.#networks.keys()) this.forget(network);
  }

  #schedule(watched: WatchedNetwork, key: string, backend: WatchedBackend, ms: number): void {
    backend.cancel = this.#parts.clock.schedule(ms, () => void this.#check(watched, key, backend));
  }

  async #check(watched: WatchedNetwork, key: string, backend: WatchedBackend): Promise<void> {
    const { clock, probe } = this.#parts;
    const { check } = backend.target;
    const began = clock.monotonic();
    const result = await this.#slots
      .take(() => probe(backend.target, this.#end.signal))
      .catch(() => undefined);
    if (!this.#isWatched(watched) || watched.backends.get(key) !== backend) return;
    if (result !== undefined) backend.standing = afterCheck(backend.standing, result, check);
    const rest = check.intervalMs - (clock.monotonic() - began);
    this.#schedule(watched, key, backend, Math.max(0, rest));
    await this.#apply(watched);
  }

  // By level: what couldn't be carried is carried after the next check.
  async #apply(watched: WatchedNetwork): Promise<void> {
    if (watched.isApplying) return;
    const { document } = watched;
    const unwell = unwellOf(watched);
    if (sameServers(unwell, watched.applied)) return;
    watched.isApplying = true;
    const { clock, apply } = this.#parts;
    try {
      const limit = { clock, milliseconds: LONGEST_APPLY, source: this.#end.signal };
      const outcome = await limitedWork(limit, (signal) => apply(document, unwell, signal));
      const isLatest = this.#isWatched(watched) && watched.document === document;
      if (isLatest && outcome === 'superseded') this.forget(document.network);
      else if (isLatest) watched.applied = unwell;
    } catch {
      // Tried again after the next check.
    } finally {
      watched.isApplying = false;
    }
  }

  #isWatched(watched: WatchedNetwork): boolean {
    return this.#networks.get(watched.document.network) === watched;
  }
}

/** Whether any backend of a document is checked. */
export function hasChecks({ balancers }: ApplianceDocument): boolean {
  return balancers.some(({ check }) => check !== null);
}

// A backend that is asked in another way is another one.
function targetsOf(
  document: ApplianceDocument,
): ReadonlyMap<string, Pick<WatchedBackend, 'balancer' | 'server' | 'target'>> {
  const namespace = namespaceName(document.network);
  const keyed = document.balancers.flatMap(({ uuid, proxy, check, privatePort, backends }) => {
    if (check === null) return [];
    const ask: ProbeTarget['ask'] = proxy === undefined ? 'server' : 'proxy';
    // What its proxy says has been counted, and is so at once.
    const counted = ask === 'proxy' ? { ...check, rise: 1, fall: 1 } : check;
    return backends.map(({ server, privateAddress: address }) => {
      const at = { namespace, address, port: privatePort, check: counted };
      const target = { ask, balancer: uuid, server, ...at };
      const key = [ask, uuid, server, address, privatePort, checkText(check)].join();
      return [key, { balancer: uuid, server, target }] as const;
    });
  });
  return new Map(keyed);
}

function checkText({ kind, path, intervalMs, timeoutMs, rise, fall }: BackendCheck): string {
  return [kind, path ?? '', intervalMs, timeoutMs, rise, fall].join();
}

function unwellOf({ backends }: WatchedNetwork): UnwellServers {
  const unwell = new Map<ResourceUuid, Set<ResourceUuid>>();
  for (const { balancer, server, standing } of backends.values()) {
    if (standing.counts === 'well') continue;
    unwell.set(balancer, new Set([...(unwell.get(balancer) ?? []), server]));
  }
  return unwell.size === 0 ? ALL_WELL : unwell;
}

function sameServers(one: UnwellServers, other: UnwellServers): boolean {
  return (
    one.size === other.size &&
    [...one].every(([balancer, servers]) => {
      const others = other.get(balancer);
      return others?.size === servers.size && [...servers].every((server) => others.has(server));
    })
  );
}
