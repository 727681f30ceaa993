import type { HookRegistration, PlacementInput, Refusal } from '../../ports/hooks.js';
import { emptiness, STORAGE_ROOM } from './pool-room.js';

/** What the hooks of placement know of a share: the `facts` of a candidate. */
export interface PoolFacts {
  /** Sets it apart from a host. */
  readonly className: typeof STORAGE_ROOM;
  readonly enabled: boolean;
  readonly maintenance: boolean;
  readonly live: boolean;
  readonly capacityGb: number;
  readonly usedGb: number;
  readonly weight: number;
  /** What the disk takes there at once, in GiB: the copy of its image, where there is none yet; itself where it moves there. */
  readonly neededGb: number;
  /** Whether what it is made from is there already; null for what is made from nothing. */
  readonly originAtHand: boolean | null;
  /** Whether it can be made there at all: a copy of a snapshot reads from that. */
  readonly reachesOrigin: boolean;
}

/** How much a share that has the image already is preferred to one that has to be given a copy of it first. */
const AT_HAND = 0.25;

/** The built-in hooks of placing disks: only shares that can take the disk; the emptier the better, best with its image. */
export const POOL_HOOKS: readonly HookRegistration[] = [
  {
    point: 'schedule.filter',
    name: 'gdcloud/pool-is-usable',
    priority: 100,
    run: ofPools(({ facts }) => {
      if (facts.maintenance) return { message: 'in maintenance' };
      if (!facts.live) return { message: 'not reachable' };
      return facts.enabled ? undefined : { message: 'disabled' };
    }),
  },
  {
    point: 'schedule.filter',
    name: 'gdcloud/pool-has-origin',
    priority: 90,
    run: ofPools(({ facts }) =>
      facts.reachesOrigin ? undefined : { message: 'the snapshot it is made from is elsewhere' },
    ),
  },
  {
    point: 'schedule.filter',
    name: 'gdcloud/pool-has-room',
    priority: 50,
    run: ofPools(({ facts, free, amount }) => {
      const left = facts.capacityGb - facts.usedGb;
      if (left < facts.neededGb) {
        return {
          message: `${left} GiB left of the ${facts.neededGb} GiB that it takes there at once`,
        };
      }
      return free >= amount
        ? undefined
        : {
            message: `${Math.max(0, free)} GiB may still be promised of what is needed, ${amount} GiB`,
          };
    }),
  },
  {
    point: 'schedule.weigh',
    name: 'gdcloud/spread-by-room',
    run: (input) => {
      const facts = poolFacts(input);
      return facts === undefined
        ? 0
        : emptiness({ ...facts, promisedGb: input.total - input.free });
    },
  },
  {
    point: 'schedule.weigh',
    name: 'gdcloud/image-at-hand',
    run: (input) => (poolFacts(input)?.originAtHand === true ? AT_HAND : 0),
  },
];

/** What is known of the share that is asked about; undefined for a host. */
export function poolFacts({ candidate }: PlacementInput): PoolFacts | undefined {
  return candidate.facts['className'] === STORAGE_ROOM
    ? (candidate.facts as unknown as PoolFacts)
    : undefined;
}

interface PoolInput {
  readonly facts: PoolFacts;
  readonly free: number;
  readonly amount: number;
}

function ofPools(
  judge: (input: PoolInput) => Refusal | undefined,
): (input: PlacementInput) => Refusal | undefined {
  return (input) => {
    const facts = poolFacts(input);
    return facts === undefined ? undefined : judge({ ...input, facts });
  };
}
