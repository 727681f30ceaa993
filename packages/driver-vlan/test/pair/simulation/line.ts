import { type DriverCall, DriverFailure, type NetworkDriver, type PairMember } from '@gdcloud/core';
import type { ManualClock } from '@gdcloud/core/testing';
import type { Chance } from './chance.js';

/** The way from a kernel to an appliance: it may be cut, and what goes over it may come late, or its answer never. */
export class Line {
  readonly #clock: ManualClock;
  readonly #chance: Chance;
  isCut = false;

  constructor(clock: ManualClock, chance: Chance) {
    this.#clock = clock;
    this.#chance = chance;
  }

  /** The appliance at the other end. */
  to(there: NetworkDriver): NetworkDriver {
    const { appliances, member } = there;
    if (member === undefined) throw new RangeError('it is none of a pair');
    const far: PairMember = {
      standing: (call) => this.#carry(() => member.standing(call)),
      holdings: (call) => this.#carry(() => member.holdings(call)),
      permit: (permit, call) => this.#carry(() => member.permit(permit, call)),
    };
    return {
      ...there,
      member: far,
      carried: (network, element, call: DriverCall) =>
        this.#carry(() => there.carried(network, element, call)),
      appliances: {
        ...appliances,
        observe: (key, desired, call) => this.#carry(() => appliances.observe(key, desired, call)),
        create: (key, desired, call) => this.#carry(() => appliances.create(key, desired, call)),
        update: (key, desired, change, call) =>
          this.#carry(() => appliances.update(key, desired, change, call)),
        delete: (key, call) => this.#carry(() => appliances.delete(key, call)),
        list: (cursor, call) => this.#carry(() => appliances.list(cursor, call)),
      },
    };
  }

  async #carry<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.isCut) return this.#lost('unavailable');
    await this.#under();
    const result = await work();
    if (this.isCut) return this.#lost('ambiguous');
    await this.#under();
    return result;
  }

  // Now and then very late: whoever asked has given up by then.
  #under(): Promise<void> {
    const isLate = this.#chance.happens(0.02);
    return this.#clock.wait(this.#chance.between(0, isLate ? 20_000 : 20));
  }

  async #lost(outcome: 'unavailable' | 'ambiguous'): Promise<never> {
    await this.#clock.wait(this.#chance.between(0, outcome === 'unavailable' ? 100 : 3_000));
    throw new DriverFailure(outcome, 'NoAnswer', 'nothing is heard of it', { remedy: 'Wait.' });
  }
}
