import type { ResourceUuid } from '../../model/identity.js';
import type { ApplianceDesired } from '../../ports/drivers/appliance.js';
import type { ElementMeter } from '../../ports/drivers/network.js';

/** After so many looks an appliance has lost its counts: it was restarted, or another one has taken over. */
const LOST_EVERY = 3;

/** What appliances have carried. A packet passes each element between two looks. */
export class OutsideMeters {
  /** Whether appliances count at all: others say nothing, and nobody asks. */
  counting: 'yes' | 'no' = 'no';
  readonly #looks = new Map<ResourceUuid, number>();
  readonly #counts = new Map<string, number>();
  readonly #passed = new Map<ResourceUuid, number>();

  /** How many packets have passed an element in all, and in networks all together. */
  passed(element: ResourceUuid): number {
    return this.#passed.get(element) ?? 0;
  }

  /** What an appliance tells of a network whose document it follows. */
  look(network: ResourceUuid, document: ApplianceDesired): readonly ElementMeter[] {
    const looks = (this.#looks.get(network) ?? 0) + 1;
    this.#looks.set(network, looks);
    const { publicAddresses, forwards, balancers } = document;
    const count = (element: ResourceUuid): { packets: number; bytes: number } => {
      const key = `${network} ${element}`;
      const before = looks % LOST_EVERY === 0 ? 0 : (this.#counts.get(key) ?? 0);
      this.#counts.set(key, before + 1);
      this.#passed.set(element, this.passed(element) + 1);
      return { packets: before + 1, bytes: (before + 1) * 100 };
    };
    return [
      ...publicAddresses.map(({ uuid }) => {
        const passed = count(uuid);
        return { element: uuid, in: passed, out: passed };
      }),
      ...[...forwards, ...balancers].map(({ uuid }) => ({ element: uuid, both: count(uuid) })),
    ];
  }
}
