import {
  asFence,
  asOperationKey,
  type Clock,
  type DocumentOnRecord,
  type DocumentsOnRecord,
  type DriverCall,
  ensureError,
  type Logger,
  type ResourceUuid,
} from '@gdcloud/core';
import { pause } from '../time/pause.js';
import { type Asking, answersOf, askEach, type MemberAppliance } from './member-appliance.js';

/** What vouching works with. */
export interface VouchingParts extends Asking {
  readonly clock: Clock;
  readonly pair: string;
  readonly members: readonly MemberAppliance[];
  readonly permitMs: number;
  readonly logger: Logger | undefined;
}

/** As if somebody was the holder of what is gone for good: nobody comes after. */
const LAST_FENCE = asFence('~');

/**
 * Permits appliances of a pair to take over, for a time, and again and again: each that carries all networks on record, in
 * the revisions that were seen to be followed or newer ones, and nothing else. What keeps one from it is told, so that
 * it is brought there.
 *
 * The order is what counts: first the appliance's own time, then the record, then what the appliance has. So a permit ends
 * at most `permitMs` after a look at the record that it agreed with.
 */
export class Vouching {
  readonly #parts: VouchingParts;
  readonly #watchers = new Set<(network: ResourceUuid) => void>();
  /** What keeps each from a permit, so that it is said once. */
  readonly #said = new Map<string, string>();

  constructor(parts: VouchingParts) {
    this.#parts = parts;
  }

  /** Goes on until the signal aborts. */
  async run(records: DocumentsOnRecord, signal: AbortSignal): Promise<void> {
    const { members, clock, permitMs } = this.#parts;
    while (!signal.aborted) {
      // Each by itself: one that does not answer must not keep the other waiting.
      await Promise.all(members.map((member) => this.#vouchFor(member, records, signal)));
      await pause(clock, permitMs / 5, signal);
    }
  }

  /** Calls `changed` with each network that keeps an appliance from a permit, until the signal aborts. */
  async watch(changed: (network: ResourceUuid) => void, signal: AbortSignal): Promise<void> {
    const watcher = (network: ResourceUuid): void => changed(network);
    this.#watchers.add(watcher);
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
    this.#watchers.delete(watcher);
  }

  async #vouchFor(
    member: MemberAppliance,
    records: DocumentsOnRecord,
    signal: AbortSignal,
  ): Promise<void> {
    const { permitMs, clock, logger, pair } = this.#parts;
    const asked = member.network.member;
    if (asked === undefined) return;
    const call = (): DriverCall => ({
      signal,
      deadline: clock.now() + this.#parts.answerMs,
      fence: LAST_FENCE,
      operation: asOperationKey(`vouch for ${member.name}`),
    });
    try {
      const [standing] = answersOf(
        await askEach([member], (_, its) => asked.standing(its), call(), this.#parts),
      );
      if (standing === undefined) return;
      const { stamp, permittedMs } = standing.result;
      if (permittedMs > (permitMs * 2) / 3) return;
      const wanted = await records.all();
      const [holdings] = answersOf(
        await askEach([member], (_, its) => asked.holdings(its), call(), this.#parts),
      );
      if (holdings === undefined) return;
      const behind = behindWith(wanted, holdings.result);
      const besides = await unknownOf(records, wanted, holdings.result);
      if (behind.length === 0 && besides.length === 0) {
        await asked.permit({ stamp, forMs: permitMs }, call());
        this.#say(member, 'it carries all that is on record', 'info');
        return;
      }
      for (const network of behind) for (const tell of this.#watchers) tell(network);
      for (const network of besides) await this.#letGo(member, network, records, call());
      this.#say(member, trouble(behind, besides), 'warn');
    } catch (thrown) {
      if (signal.aborted) return;
      logger?.warn(
        { pair, appliance: member.name, error: ensureError(thrown).message },
        'an appliance of a pair was not vouched for; it is tried again',
      );
    }
  }

  // What is gone for good while it was away. Nobody will ask it to carry that any more, and nobody has it on record.
  async #letGo(
    { network: { appliances } }: MemberAppliance,
    network: ResourceUuid,
    records: DocumentsOnRecord,
    call: DriverCall,
  ): Promise<void> {
    if ((await records.of(network)) !== 'removed') return;
    let cursor: string | undefined;
    do {
      const page = await appliances.list(cursor, call);
      for (const object of page.objects) {
        if (object.uuid === network) await appliances.delete(object, call);
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  #say({ name: appliance }: MemberAppliance, what: string, level: 'info' | 'warn'): void {
    if (this.#said.get(appliance) === what) return;
    this.#said.set(appliance, what);
    const { logger, pair } = this.#parts;
    const message =
      level === 'info' ? 'an appliance may take over' : 'an appliance may not take over';
    logger?.[level]({ pair, appliance, because: what }, message);
  }
}

// Networks that an appliance does not carry in a revision that others may rely upon.
function behindWith(
  wanted: ReadonlyMap<ResourceUuid, DocumentOnRecord>,
  has: ReadonlyMap<ResourceUuid, number | null>,
): readonly ResourceUuid[] {
  return [...wanted].flatMap(([network, { followed }]) => {
    if (followed === null) return [];
    const carries = has.get(network) ?? null;
    return carries === null || carries < followed ? [network] : [];
  });
}

// Networks that no appliance is to have. Those that were asked for since the record was read are not among them.
async function unknownOf(
  records: DocumentsOnRecord,
  wanted: ReadonlyMap<ResourceUuid, DocumentOnRecord>,
  has: ReadonlyMap<ResourceUuid, number | null>,
): Promise<readonly ResourceUuid[]> {
  const unknown: ResourceUuid[] = [];
  for (const network of has.keys()) {
    if (wanted.has(network)) continue;
    const record = await records.of(network);
    if (record === undefined || typeof record === 'string') unknown.push(network);
  }
  return unknown;
}

function trouble(behind: readonly ResourceUuid[], besides: readonly ResourceUuid[]): string {
  const some = (networks: readonly ResourceUuid[]): string =>
    networks.length > 3 ? `${networks.slice(0, 3).join(', ')} …` : networks.join(', ');
  return [
    ...(behind.length > 0 ? [`it is behind with ${some(behind)}`] : []),
    ...(besides.length > 0 ? [`it has ${some(besides)}, which are not on record`] : []),
  ].join('; ');
}
