import { createHash } from 'node:crypto';
import type { DependencyContainer, Plugin } from '../../di.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { DriverCall } from '../../ports/driver.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { DiskDrivers, StorageDriver, UpkeepRequest } from '../../ports/drivers/storage.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import {
  CLOCK,
  COMPUTE,
  LOGGER,
  MESSAGE_BUS,
  NETWORK,
  RANDOM,
  ROUTINE_TASK,
  STORAGE,
  SWEPT_DRIVER,
} from '../../ports/tokens.js';
import { parseCarriedAnswer, parseHosts, parseMeters, parsePools } from './driver-answer.js';
import { DriverHostClient } from './driver-host-client.js';
import { demandKeys, demandLargestMessage } from './envelope.js';
import type { DescribedDisks, DriverManifest } from './manifest.js';
import { remoteQuestions } from './network-questions.js';
import { remoteMember } from './pair-message.js';
import { Refusals } from './refusals.js';
import { remoteDriver } from './remote-driver.js';
import { demandHostName } from './topics.js';
import { parseUpkeepReport, writeUpkeep } from './upkeep-message.js';

/** Which driver host to ask, and how. */
export interface RemoteDriversOptions {
  /** The driver host's name. */
  readonly host: string;
  /**
   * What it shares with the host: one key of at least 32 bytes, or two while it is changed. The first signs, both open:
   * put the new one second everywhere, then first everywhere, then take the old one away.
   */
  readonly keys: readonly Uint8Array[];
  /** What drivers it runs, from `describeDrivers` or `hearManifest`. A host that runs others is not asked. */
  readonly manifest: DriverManifest;
  /** The largest message, in bytes; the same on both sides. Default 4 MiB, at most 8 MiB. */
  readonly largestMessage?: number | undefined;
  /** Counts messages that were refused. */
  readonly refusals?: Refusals | undefined;
  /**
   * MAC addresses of cards. The kernel needs them at once, without asking anybody, and records each it has given; so
   * they are computed here and not by the driver of the network. Default: locally administered, of a digest.
   */
  readonly macAddress?: NetworkDriver['macAddress'] | undefined;
}

/**
 * Puts the drivers of a driver host into a cloud: registers whichever of `COMPUTE`, `STORAGE`, `NETWORK` and
 * `SWEPT_DRIVER` its manifest names, reached over `MESSAGE_BUS`. Several hosts are several plug-ins. Throws TypeError
 * for keys and names that will not do.
 */
export function remoteDrivers(options: RemoteDriversOptions): Plugin {
  const { host, keys, manifest } = options;
  demandKeys(keys);
  demandHostName(host);
  const seal = { keys, largestMessage: demandLargestMessage(options.largestMessage) };
  return (container) => {
    let made: DriverHostClient | undefined;
    // Made when it is first needed: a later plug-in may still replace a port.
    const clientIn = (c: DependencyContainer): DriverHostClient =>
      (made ??= new DriverHostClient({
        host,
        manifest,
        seal,
        bus: c.resolve(MESSAGE_BUS),
        clock: c.resolve(CLOCK),
        random: c.resolve(RANDOM),
        logger: c.resolve(LOGGER),
        refusals: options.refusals ?? new Refusals(),
      }));
    const { compute, storage, network, others } = manifest;
    if (compute) {
      const once = memo((c) => remoteCompute(compute, clientIn(c)));
      container.register(COMPUTE, { useFactory: once });
    }
    if (storage) {
      const once = memo((c) => remoteStorage(storage, clientIn(c)));
      container.register(STORAGE, { useFactory: once });
    }
    if (network) {
      const once = memo((c) => remoteNetwork(network, clientIn(c), options.macAddress));
      container.register(NETWORK, { useFactory: once });
    }
    for (const other of others) {
      const once = memo((c) => remoteDriver<unknown, unknown>(other, clientIn(c)));
      container.register(SWEPT_DRIVER, { useFactory: once });
    }
    container.register(ROUTINE_TASK, { useFactory: (c) => listening(host, clientIn(c)) });
  };
}

// It ends with the kernel, and so does the subscription.
function listening(host: string, client: DriverHostClient): RoutineTask {
  return {
    name: `listen to driver host ${host}`,
    everyMs: 1_000,
    limitMs: Number.POSITIVE_INFINITY,
    run: ({ signal }) => client.listenUntil(signal),
  };
}

function remoteCompute(
  described: NonNullable<DriverManifest['compute']>,
  client: DriverHostClient,
): ComputeDriver {
  const { name, servers, segments, disks, maintenance, shares, snapshots } = described;
  return {
    name,
    servers: remoteDriver(servers, client),
    segments: remoteDriver(segments, client),
    disks: remoteDriver(disks, client),
    maintenance: maintenance && remoteDriver(maintenance, client),
    shares: shares && remoteDriver(shares, client),
    snapshots: snapshots && remoteDriver(snapshots, client),
    hosts: (call) => client.ask({ verb: 'hosts' }, call, parseHosts),
    watch: (changed, options) => client.watch('compute', changed, options),
  };
}

function remoteStorage(
  { name, shares, upkeep, ...disks }: NonNullable<DriverManifest['storage']>,
  client: DriverHostClient,
): StorageDriver {
  return {
    name,
    ...remoteDisks(disks, client),
    shares: shares?.map(({ external, ...its }) => ({ external, ...remoteDisks(its, client) })),
    pools: (call) => client.ask({ verb: 'pools' }, call, parsePools),
    ...(upkeep === 'possible' && {
      upkeep: (request: UpkeepRequest, call: DriverCall) =>
        client.ask(writeUpkeep(request), call, parseUpkeepReport),
    }),
  };
}

function remoteDisks(
  { images, volumes, snapshots, arrivals, configDrives }: DescribedDisks,
  client: DriverHostClient,
): DiskDrivers {
  return {
    images: remoteDriver(images, client),
    volumes: remoteDriver(volumes, client),
    snapshots: snapshots && remoteDriver(snapshots, client),
    arrivals: arrivals && remoteDriver(arrivals, client),
    configDrives: configDrives && remoteDriver(configDrives, client),
  };
}

function remoteNetwork(
  {
    name,
    appliances,
    physicalNetworks,
    meters,
    member,
    ...answered
  }: NonNullable<DriverManifest['network']>,
  client: DriverHostClient,
  macAddress: NetworkDriver['macAddress'] = digestedMacAddress,
): NetworkDriver {
  return {
    name,
    appliances: remoteDriver(appliances, client),
    carried: async (network, element, call) => {
      const request = { verb: 'carried', network, element } as const;
      return (await client.ask(request, call, parseCarriedAnswer)).generation ?? undefined;
    },
    physicalNetworks,
    macAddress,
    // A host of the days before tells of none.
    watch: (changed, options) => client.watch('network', changed, options),
    ...(member === 'possible' && { member: remoteMember(client) }),
    ...remoteQuestions(answered, client),
    ...(meters === 'possible' && {
      meters: (its: ResourceUuid, call: DriverCall) =>
        client.ask({ verb: 'meters', network: its }, call, parseMeters),
    }),
  };
}

/** Locally administered, unicast, the same for the same arguments. */
const digestedMacAddress: NetworkDriver['macAddress'] = ({ server, device, attempt }) => {
  const digest = createHash('sha256').update(`mac/${server}/${device}/${attempt}`).digest();
  return [
    '02',
    ...Array.from(digest.subarray(0, 5), (byte) => byte.toString(16).padStart(2, '0')),
  ].join(':');
};

function memo<Made>(
  make: (container: DependencyContainer) => Made,
): (container: DependencyContainer) => Made {
  let made: { readonly value: Made } | undefined;
  return (container) => {
    made ??= { value: make(container) };
    return made.value;
  };
}
