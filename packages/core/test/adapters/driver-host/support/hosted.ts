import {
  asFence,
  asOperationKey,
  CLOCK,
  type Clock,
  COMPUTE,
  type ComputeDriver,
  type DriverCall,
  LOGGER,
  type Logger,
  MESSAGE_BUS,
  type MessageBus,
  NETWORK,
  type NetworkDriver,
  type Plugin,
  RANDOM,
  STORAGE,
  type StorageDriver,
} from '@gdcloud/core';
import {
  type DriverHost,
  type DriverManifest,
  describeDrivers,
  Refusals,
  remoteDrivers,
  serveDrivers,
} from '@gdcloud/core/driver-host';
import { ManualClock, type MemoryDrivers, memoryDrivers } from '@gdcloud/core/testing';
import { driverContainer } from '../../../../dist/adapters/driver-host/hosted-drivers.js';
import { MemoryMessageBus } from '../../../../dist/adapters/messages/memory-message-bus.js';
import type { Line } from '../../../support/collecting-logger.js';
import { fixedRandom } from '../../../support/fixed-random.js';
import { turns } from '../../../support/turns.js';
import { TappedBus } from './tapped-bus.js';

export const KEY = new Uint8Array(32).fill(1);
export const OTHER_KEY = new Uint8Array(32).fill(2);
export const HOST = 'rack-1';

/** Ports that are the test's, and drivers that its plug-ins wrap. */
export const REPLACEABLE = [CLOCK, RANDOM, LOGGER, COMPUTE, STORAGE, NETWORK] as const;

let seeds = 100;

/** Registers ports. */
export function ports(bus: MessageBus, clock: Clock, lines?: Line[]): Plugin {
  seeds += 1;
  const random = fixedRandom(0.5, seeds);
  return (container) => {
    container.register(MESSAGE_BUS, { useValue: bus });
    container.register(CLOCK, { useValue: clock });
    container.register(RANDOM, { useValue: random });
    if (lines !== undefined) container.register(LOGGER, { useValue: loggerInto(lines) });
  };
}

function loggerInto(lines: Line[]): Logger {
  const at =
    (level: Line['level']) =>
    (data: object, message: string): void => {
      lines.push({ level, data, message });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Time whose time of day can be put back, while what is measured goes on. */
export class FallingClock extends ManualClock {
  putBackBy = 0;

  override now(): number {
    return super.now() - this.putBackBy;
  }
}

/** A clock whose time of day is wrong by `ms`. */
export function wrongClock(clock: Clock, ms: number): Clock {
  return {
    now: () => clock.now() + ms,
    monotonic: () => clock.monotonic(),
    schedule: (after, fire) => clock.schedule(after, fire),
  };
}

/** Moves time on from one scheduled call to the next, letting everything happen in between. */
export async function advance(clock: ManualClock, ms: number): Promise<void> {
  const end = clock.now() + ms;
  do await turns(2);
  while (clock.advanceToNext(end));
  clock.advance(end - clock.now());
}

/** A kernel's view of a driver host's drivers. */
export interface Remote {
  readonly compute: ComputeDriver;
  readonly storage: StorageDriver;
  readonly network: NetworkDriver;
}

/** A driver host with drivers in memory, a bus, time, and a client. */
export interface Hosted {
  readonly clock: FallingClock;
  readonly bus: TappedBus;
  readonly outside: MemoryDrivers;
  readonly host: DriverHost;
  readonly remote: Remote;
  readonly refusals: Refusals;
  readonly lines: Line[];
  /** A call of so many milliseconds. */
  readonly call: (options?: CallOptions) => DriverCall;
  /** Another process of the same host. */
  readonly another: (options?: {
    readonly keys?: readonly Uint8Array[];
    readonly plugins?: readonly Plugin[];
  }) => DriverHost;
  readonly client: (options?: ClientOptions) => Remote;
  /** Waits while time passes. */
  readonly until: <Result>(work: Promise<Result>) => Promise<Result>;
}

export interface CallOptions {
  readonly limitMs?: number;
  readonly fence?: string;
  readonly signal?: AbortSignal;
  readonly operation?: string;
}

export interface ClientOptions {
  readonly keys?: readonly Uint8Array[];
  readonly bus?: MessageBus;
  readonly manifest?: DriverManifest;
  readonly clock?: Clock;
  readonly largestMessage?: number;
}

export interface HostedOptions {
  readonly keys?: readonly Uint8Array[];
  readonly plugins?: readonly Plugin[];
  readonly concurrency?: number;
  readonly largestMessage?: number;
  /** Wraps what the host and its clients publish to. */
  readonly through?: (bus: MessageBus, clock: ManualClock) => MessageBus;
}

/** Makes a driver host and starts it, unless its test wants to. */
export function hosted(options: HostedOptions = {}): Hosted {
  const clock = new FallingClock();
  const memory = new MemoryMessageBus();
  const bus = new TappedBus(options.through?.(memory, clock) ?? memory);
  const outside = memoryDrivers();
  const refusals = new Refusals();
  const lines: Line[] = [];
  const { largestMessage, concurrency } = options;
  const another: Hosted['another'] = ({ keys = options.keys ?? [KEY], plugins = [] } = {}) =>
    serveDrivers({
      name: HOST,
      keys,
      plugins: [ports(bus, clock, lines), outside.plugin, ...(options.plugins ?? []), ...plugins],
      replaceable: REPLACEABLE,
      largestMessage,
      concurrency,
      refusals,
    });
  const client: Hosted['client'] = (more = {}) => {
    const plugins = [
      ports(more.bus ?? bus, more.clock ?? clock, lines),
      remoteDrivers({
        host: HOST,
        keys: more.keys ?? [KEY],
        manifest:
          more.manifest ??
          describeDrivers([outside.plugin, ...(options.plugins ?? [])], {
            replaceable: REPLACEABLE,
          }),
        largestMessage: more.largestMessage ?? largestMessage,
        refusals,
      }),
    ];
    const container = driverContainer(plugins, { replaceable: REPLACEABLE });
    return {
      compute: container.resolve(COMPUTE),
      storage: container.resolve(STORAGE),
      network: container.resolve(NETWORK),
    };
  };
  return {
    clock,
    bus,
    outside,
    refusals,
    lines,
    another,
    client,
    host: another(),
    remote: client(),
    until: (work) => clock.until(work),
    call: ({ limitMs = 30_000, fence = '0001', signal, operation = 'op' } = {}) => ({
      signal: signal ?? new AbortController().signal,
      deadline: clock.now() + limitMs,
      fence: asFence(fence),
      operation: asOperationKey(operation),
    }),
  };
}
