import {
  addedTraffic,
  type Clock,
  type DocumentsOnRecord,
  type DriverCall,
  DriverFailure,
  type ElementMeter,
  type Logger,
  type NetworkDriver,
  type ResourceUuid,
  systemClock,
} from '@gdcloud/core';
import { demandAgreement } from './agreement.js';
import { Exclusion } from './exclusion.js';
import {
  type Asking,
  allAway,
  answersOf,
  askEach,
  awayOf,
  type MemberAppliance,
} from './member-appliance.js';
import { pairedAppliances } from './paired-appliances.js';
import { Setbacks } from './setbacks.js';
import { Vouching } from './vouching.js';

/** What a pair is made of. */
export interface PairOptions {
  /** What people know it by: `edge`. */
  readonly name: string;
  /** Two appliances: of this machine, or elsewhere. */
  readonly members: readonly MemberAppliance[];
  /**
   * How long an appliance may take over for after it was last seen to carry all that was asked for; milliseconds, 2,000 to
   * 60,000, default 8,000. While one is away, a change is done that much later.
   */
  readonly permitMs?: number | undefined;
  /** How long one of them is waited for before the other goes on alone; milliseconds, default 10,000. */
  readonly answerMs?: number | undefined;
}

/** The doors to the world; by default the system's own. */
export interface PairPorts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Two appliances that carry the same networks, as one driver. A change goes to both, and on with one of them while the other
 * is away; see docs/appliance.md. Throws TypeError where they don't agree, naming the field.
 */
export function pairedNetwork(options: PairOptions, ports: Partial<PairPorts> = {}): NetworkDriver {
  const { name, members, permitMs = 8_000, answerMs = 10_000 } = options;
  const { clock = systemClock, logger } = ports;
  demandAgreement(members);
  const [first] = members;
  if (first === undefined) throw new RangeError('a pair has two members');
  if (!Number.isInteger(permitMs) || permitMs < 2_000 || permitMs > 60_000) {
    throw new TypeError('permitMs: it is 2000 to 60000 milliseconds');
  }
  const asking = { clock, answerMs };
  let onRecord: DocumentsOnRecord | undefined;
  const exclusion = new Exclusion({ ...asking, permitMs, records: () => onRecord });
  const setbacks = new Setbacks(clock);
  const vouching = new Vouching({ ...asking, pair: name, members, permitMs, logger });
  const { physicalNetworks } = first.network;
  return {
    name: first.network.name,
    appliances: pairedAppliances({ ...asking, pair: name, members, exclusion, setbacks }),
    carried: (network, element, call) =>
      carried({ members, asking, exclusion }, network, element, call),
    physicalNetworks,
    macAddress: (card) => first.network.macAddress(card),
    async vouch(records, { signal }) {
      onRecord = records;
      await vouching.run(records, signal);
    },
    watch: (changed, { signal }) => watch(members, vouching, changed, signal),
    ...(first.network.meters !== undefined && {
      meters: (network: ResourceUuid, call: DriverCall) => meters(members, asking, network, call),
    }),
  };
}

interface Carrying {
  readonly members: readonly MemberAppliance[];
  readonly asking: Asking;
  readonly exclusion: Exclusion;
}

async function carried(
  { members, asking, exclusion }: Carrying,
  network: ResourceUuid,
  element: ResourceUuid,
  call: DriverCall,
): Promise<number | undefined> {
  const asked = await askEach(
    members,
    (its, limited) => its.carried(network, element, limited),
    call,
    asking,
  );
  const answered = answersOf(asked);
  const away = awayOf(asked);
  if (answered.length === 0) throw allAway(away);
  const results = new Set(answered.map(({ result }) => result));
  const [only] = results;
  if (away.length === 0 && results.size === 1) return only;
  // One that has not heard of it yet doesn't carry it in any generation.
  const generation = Math.min(...answered.map(({ result }) => result ?? 0));
  // Where nobody settles who is active, each of them is for itself: what one that is away carries, nobody can tell.
  if (members.every((its) => its.network.member === undefined)) return generation;
  for (const result of results) {
    const those = answered.filter((answer) => answer.result === result).map(({ by }) => by);
    const question = {
      network,
      says: result === undefined ? ('gone' as const) : ('carried' as const),
      key: `${network} ${element} ${call.operation} ${result}`,
      answered: those,
      away: members.filter((member) => !those.includes(member)),
    };
    if (await exclusion.holds(question, call)) return result;
  }
  return away.length === 0 ? generation : 0;
}

async function watch(
  members: readonly MemberAppliance[],
  vouching: Vouching,
  changed: (network: ResourceUuid) => void,
  signal: AbortSignal,
): Promise<void> {
  // Where one stops telling, it is all begun anew: no listener may be left behind.
  const end = new AbortController();
  const stop = (): void => end.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const options = { signal: end.signal };
  try {
    const all = members.map(async ({ network }) => network.watch?.(changed, options));
    await Promise.all([...all, vouching.watch(changed, end.signal)]);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Both have counted what they carried while they were active. */
async function meters(
  members: readonly MemberAppliance[],
  asking: Asking,
  network: ResourceUuid,
  call: DriverCall,
): Promise<readonly ElementMeter[]> {
  const asked = await askEach(
    members,
    async (its, limited) => (await its.meters?.(network, limited)) ?? [],
    call,
    asking,
  );
  const away = awayOf(asked);
  // The sum of one of them would be less than what was told before.
  if (away.length > 0) throw partly(allAway(away));
  const sums = new Map<ResourceUuid, ElementMeter>();
  for (const meter of answersOf(asked).flatMap(({ result }) => result)) {
    const before = sums.get(meter.element);
    sums.set(
      meter.element,
      before === undefined ? meter : { element: meter.element, ...addedTraffic(before, meter) },
    );
  }
  return [...sums.values()];
}

function partly(failure: DriverFailure): DriverFailure {
  const { message, remedy } = failure;
  return new DriverFailure('unavailable', failure.code, message, { remedy, cause: failure });
}
