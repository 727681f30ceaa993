import type { HookRegistration, PlacementInput, Refusal } from '../../ports/hooks.js';
import { poolFacts } from '../storagepool/pool-hooks.js';

/** What the hooks of placement know of a host: the `facts` of a candidate. */
export interface HostFacts {
  readonly enabled: boolean;
  readonly live: boolean;
  /** Why servers on it would have no disks; null when they would. */
  readonly storageProblem: string | null;
  /** The trunks it has; null where its pool does not tell. */
  readonly physicalNetworks: readonly string[] | null;
  /** The trunk that the server's network is on; null while it has none. */
  readonly needed: string | null;
}

/** The built-in hooks of placement: only hosts that can run the server and have room; near its kind, the emptier the better. */
export const PLACEMENT_HOOKS: readonly HookRegistration[] = [
  {
    point: 'schedule.filter',
    name: 'gdcloud/host-is-usable',
    priority: 100,
    run: ofHosts(({ candidate }) => {
      if (candidate.facts['live'] !== true) return { message: 'not reachable' };
      return candidate.facts['enabled'] === true ? undefined : { message: 'disabled' };
    }),
  },
  {
    point: 'schedule.filter',
    name: 'gdcloud/host-reaches-storage',
    priority: 90,
    run: ({ candidate }) => {
      const { storageProblem } = candidate.facts;
      return typeof storageProblem === 'string' ? { message: storageProblem } : undefined;
    },
  },
  {
    point: 'schedule.filter',
    name: 'gdcloud/host-reaches-network',
    priority: 80,
    run: hasTrunk,
  },
  {
    point: 'schedule.filter',
    name: 'gdcloud/host-has-room',
    priority: 50,
    run: ofHosts(({ free, amount }) =>
      free >= amount ? undefined : { message: `${free} left of what is needed, ${amount}` },
    ),
  },
  {
    point: 'schedule.weigh',
    name: 'gdcloud/spread-by-free-memory',
    run: (input) =>
      input.total === 0 || poolFacts(input) !== undefined ? 0 : input.free / input.total,
  },
  {
    point: 'schedule.weigh',
    name: 'gdcloud/near-its-kind',
    run: ({ near }) => (near === 'yes' ? 1 : 0),
  },
];

// Disks are placed by the same hooks, on shares.
function ofHosts(
  judge: (input: PlacementInput) => Refusal | undefined,
): (input: PlacementInput) => Refusal | undefined {
  return (input) => (poolFacts(input) === undefined ? judge(input) : undefined);
}

function hasTrunk({ candidate }: PlacementInput): Refusal | undefined {
  const { physicalNetworks, needed } = candidate.facts;
  if (!Array.isArray(physicalNetworks) || typeof needed !== 'string') return undefined;
  return physicalNetworks.includes(needed) ? undefined : { message: `no trunk for ${needed}` };
}
