import { DriverFailure, ensureError, PortUnavailable } from '../../model/errors.js';
import type { Resource } from '../../model/resource.js';
import type { TrafficByWay } from '../../model/traffic.js';
import type { Clock } from '../../ports/clock.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Logger } from '../../ports/logger.js';
import type { Meter } from '../../ports/meter.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { Store } from '../../ports/store.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { network } from '../network/network.js';
import { unownedCall } from '../unowned-call.js';
import { readTraffic, strangers } from './read-traffic.js';

const EVERY = 5 * 60_000;
/** A reading that is younger was made by another process. */
const FRESH = EVERY / 2;
const RUN_LIMIT = 4 * 60_000;
const CALL_LIMIT = 15_000;
const PAGE = 500;
const AT_ONCE = 4;

type Network = Resource<typeof network>;

/** What the task works with. */
export interface KeepTrafficOptions {
  readonly driver: NetworkDriver;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/**
 * Puts on record what networks have carried, every few minutes: of each network what has changed, in one unit. Nothing to do
 * where the driver counts nothing. Of several processes one reads a network each time.
 */
export function keepTraffic(options: KeepTrafficOptions): readonly RoutineTask[] {
  const { driver, store, logger } = options;
  if (driver.meters === undefined) return [];
  const counted = countersOf(options.meter);
  return [
    {
      name: 'put on record what networks have carried',
      everyMs: EVERY,
      limitMs: RUN_LIMIT,
      async run({ signal }) {
        let failed = 0;
        let failure: Error | undefined;
        const read = async (one: Network): Promise<void> => {
          try {
            counted(await keepOne(options, one, signal));
          } catch (thrown) {
            const error = ensureError(thrown);
            if (error instanceof PortUnavailable) throw error;
            failed += 1;
            failure = error;
          }
        };
        await eachNetwork(store, signal, read);
        // One that is away is read next time: nothing is lost that its driver still counts.
        if (failure !== undefined)
          logger.warn(
            { failed, error: failure.message },
            'what networks have carried was not told',
          );
      },
    },
  ];
}

async function eachNetwork(
  store: Store,
  signal: AbortSignal,
  work: (one: Network) => Promise<void>,
): Promise<void> {
  let after: Parameters<Store['list']>[2]['after'];
  do {
    const query = { filters: [], limit: PAGE, after };
    const page = await store.list({ kind: 'all' }, network, query);
    const left = page.resources.values();
    const worker = async (): Promise<void> => {
      for (const one of left) {
        signal.throwIfAborted();
        await work(one as Network);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    after = page.next;
  } while (after !== undefined);
}

async function keepOne(
  { driver, store, clock }: KeepTrafficOptions,
  { uuid, account }: Network,
  stop: AbortSignal,
): Promise<TrafficByWay> {
  const referrers = await store.countReferrers(uuid);
  if (!referrers.some(({ type }) => type === ipaddress.id)) return {};
  const reading = await store.trafficOf(uuid);
  if (clock.now() - reading.at < FRESH) return {};
  const meters = await unownedCall(
    { clock, limitMs: CALL_LIMIT, stop, overdue },
    async (call) => (await driver.meters?.(uuid, call)) ?? [],
  );
  const others = await store.traffic(strangers(reading, meters));
  const at = clock.now();
  const read = readTraffic(uuid, [...reading.records, ...others], meters, at);
  const isKept = await store.countTraffic({
    ...read,
    network: uuid,
    after: reading.version,
    at,
    account,
  });
  return isKept ? read.growth : {};
}

function countersOf(meter: Meter): (growth: TrafficByWay) => void {
  const bytes = meter.counter({
    name: 'gdcloud_network_traffic_bytes_total',
    help: 'What addresses of networks have carried, towards networks and from them, as far as this process has put it on record.',
    labels: ['way'],
  });
  const packets = meter.counter({
    name: 'gdcloud_network_traffic_packets_total',
    help: 'The same in packets.',
    labels: ['way'],
  });
  return (growth) => {
    for (const way of ['in', 'out'] as const) {
      const count = growth[way];
      if (count === undefined) continue;
      bytes.add({ way }, count.bytes);
      packets.add({ way }, count.packets);
    }
  };
}

function overdue(): DriverFailure {
  return new DriverFailure('unavailable', 'MetersOverdue', 'the driver did not tell in time', {
    remedy: 'It is asked again by itself.',
  });
}
