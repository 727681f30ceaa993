import type { ApplianceRepair, Clock, ResourceUuid } from '@gdcloud/core';
import type { RepairedPart } from './audit-network.js';

/** As many of a network are kept for whoever looks next. */
const MOST_REPAIRS = 20;

/** What audits of this process have repaired, by network. */
export class RepairLog {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #repairs = new Map<ResourceUuid, readonly ApplianceRepair[]>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Keeps what an audit has repaired. */
  add(network: ResourceUuid, parts: readonly RepairedPart[]): void {
    const known = this.of(network);
    // Whoever has seen the last one must know this one from it, whatever became of the clock.
    const at = Math.max(this.#clock.now(), (known.at(-1)?.at ?? 0) + 1);
    this.#repairs.set(network, [...known, { at, parts }].slice(-MOST_REPAIRS));
  }

  /** The last repairs of a network, oldest first. */
  of(network: ResourceUuid): readonly ApplianceRepair[] {
    return this.#repairs.get(network) ?? [];
  }

  /** A network is carried no more. */
  forget(network: ResourceUuid): void {
    this.#repairs.delete(network);
  }
}
