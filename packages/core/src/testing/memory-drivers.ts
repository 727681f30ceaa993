import { type Duplex, duplexPair } from 'node:stream';
import type { Plugin } from '../di.js';
import { asExternalId, type ResourceUuid } from '../model/identity.js';
import type { Driver, ObjectKey } from '../ports/driver.js';
import type { ApplianceDesired } from '../ports/drivers/appliance.js';
import type {
  AdoptableServer,
  ComputeDriver,
  DiskActual,
  DiskDesired,
  HostReport,
  MaintenanceActual,
  MaintenanceDesired,
  SegmentActual,
  SegmentDesired,
  ServerDesired,
  ServerSnapshotActual,
  ServerSnapshotDesired,
} from '../ports/drivers/compute.js';
import type { ElementMeter } from '../ports/drivers/network.js';
import type {
  ConfigDriveDesired,
  DiskFileActual,
  ImageActual,
  ImageDesired,
  StorageDriver,
  UpkeepReport,
  UpkeepRequest,
  VolumeDesired,
  VolumeSnapshotActual,
  VolumeSnapshotDesired,
} from '../ports/drivers/storage.js';
import { COMPUTE, NETWORK, STORAGE } from '../ports/tokens.js';
import { applianceChanges, applianceWith, type MemoryAppliance } from './memory-appliance.js';
import { MemoryContent } from './memory-content.js';
import { memoryNetwork } from './memory-network.js';
import { changed, MemoryObjects } from './memory-objects.js';
import { type MemoryServer, newServer, placedAfter, placedChanges } from './memory-server.js';
import {
  type MemoryOrigins,
  type MemoryVolume,
  NO_ORIGINS,
  newVolume,
  notTaken,
  takenBy,
  volumeAfter,
  volumeChanges,
} from './memory-volume.js';

const NO_WORK: UpkeepReport = { done: [], problems: [] };

/** How large the cloud in memory is. */
export interface MemoryDriversOptions {
  /** How many hosts; default 2. */
  readonly hosts?: number | undefined;
  /** Memory of each, in MiB; default 512 GiB. */
  readonly hostMemoryMb?: number | undefined;
  /** What a step of the share's upkeep does; without it the storage driver has none. */
  readonly upkeep?: ((request: UpkeepRequest) => UpkeepReport) | undefined;
  /** What an appliance says that the elements of its network have carried; without it nothing is counted. */
  readonly meters?: ((network: ResourceUuid) => readonly ElementMeter[]) | undefined;
}

/** A snapshot of a server in memory. */
export interface MemoryServerSnapshot extends ServerSnapshotActual {
  /** The only disk it is of, as that was. */
  readonly copied?: MemoryVolume | undefined;
}

/** A snapshot of a volume in memory. */
export interface MemoryVolumeSnapshot extends Omit<MemoryVolume, 'use'>, VolumeSnapshotActual {}

/** Drivers that keep everything in memory: for tests of what is above the drivers, and for measuring it alone. */
export interface MemoryDrivers {
  readonly plugin: Plugin;
  readonly servers: MemoryObjects<ServerDesired, MemoryServer>;
  readonly segments: MemoryObjects<SegmentDesired, SegmentActual>;
  readonly disks: MemoryObjects<DiskDesired, DiskActual>;
  readonly maintenance: MemoryObjects<MaintenanceDesired, MaintenanceActual>;
  readonly snapshots: MemoryObjects<ServerSnapshotDesired, MemoryServerSnapshot>;
  readonly images: MemoryObjects<ImageDesired, ImageActual>;
  readonly volumes: MemoryObjects<VolumeDesired, MemoryVolume>;
  readonly volumeSnapshots: MemoryObjects<VolumeSnapshotDesired, MemoryVolumeSnapshot>;
  readonly configDrives: MemoryObjects<ConfigDriveDesired, DiskFileActual>;
  /** The bytes of disks; none but those that are put there, or brought. */
  readonly content: MemoryContent;
  readonly appliances: MemoryObjects<ApplianceDesired, MemoryAppliance>;
  /** Networks from which probes arrive in another: the first of each two, and the second. */
  readonly leaks: (readonly [ResourceUuid, ResourceUuid])[];
  /** How much of the share is taken, in bytes, of 1 TiB. */
  usedBytes: number;
  /** The hosts that the next taking of stock finds. */
  hosts: readonly HostReport[];
  /** Servers of nobody's that may be adopted, by name: they are among `servers` too, without a stamp. */
  readonly adoptable: Map<string, AdoptableServer>;
  /** The hypervisor's ends of the consoles that were opened, the newest last. */
  readonly consoles: Duplex[];
}

/** Makes a cloud's outside in memory. It outlives the clouds that use it, as a real one does. */
export function memoryDrivers(options: MemoryDriversOptions = {}): MemoryDrivers {
  const servers = memoryServers((external) =>
    drivers.hosts.some((each) => each.external === external && each.live),
  );
  const maintenance = memoryMaintenance((external, accepting) => {
    drivers.hosts = drivers.hosts.map((each) =>
      each.external === external ? { ...each, enabled: accepting } : each,
    );
  });
  const segments = plain<SegmentDesired, SegmentActual>('memory.segments', 'no', () => ({
    hosts: 2,
  }));
  const disks = memoryDisks();
  const snapshots = plain<ServerSnapshotDesired, MemoryServerSnapshot>(
    'memory.snapshots',
    'yes',
    ({ server, disk }, { uuid }) =>
      snapshotOf(
        server && servers.objects.get(server.uuid)?.actual,
        disk === undefined
          ? undefined
          : { name: uuid, disk, of: volumes.objects.get(disk)?.actual },
      ),
  );
  const content = new MemoryContent();
  const images = memoryImages(content);
  const copiedFor = ({ copy }: VolumeSnapshotDesired): MemoryVolume | undefined =>
    copy && snapshots.objects.get(copy.disk)?.actual.copied;
  const volumeSnapshots = plain<VolumeSnapshotDesired, MemoryVolumeSnapshot>(
    'memory.volumesnapshots',
    'yes',
    (desired) => takenFrom(copiedFor(desired) ?? newVolume({ name: '', sizeBytes: 0 }, NO_ORIGINS)),
  );
  const volumes = memoryVolumes(volumeSnapshots, content);
  const configDrives = plain<ConfigDriveDesired, DiskFileActual>(
    'memory.configdrives',
    'yes',
    configDriveFile,
  );
  const appliances = memoryAppliances();
  const drivers: MemoryDrivers = {
    servers,
    segments,
    disks,
    maintenance,
    snapshots,
    images,
    volumes,
    volumeSnapshots,
    configDrives,
    content,
    appliances,
    leaks: [],
    adoptable: new Map(),
    usedBytes: 0,
    consoles: [],
    hosts: Array.from({ length: options.hosts ?? 2 }, (_, index) => ({
      external: asExternalId(`memory-host-${index}`),
      name: `host${index}`,
      live: true,
      enabled: true,
      cpuCount: 32,
      ramSizeMb: options.hostMemoryMb ?? 512 * 1024,
    })),
    plugin: (container) => {
      const compute: ComputeDriver = {
        name: 'memory',
        servers,
        segments,
        disks,
        maintenance,
        snapshots,
        hosts: () => Promise.resolve(drivers.hosts),
        usage: (_key, { from, stepSeconds }) => {
          const at = from + stepSeconds * 1_000;
          const nothing = {
            diskReadBytesPerSecond: 0,
            diskWriteBytesPerSecond: 0,
            networkReceiveBytesPerSecond: 0,
            networkSendBytesPerSecond: 0,
          };
          const sample = { at, cpuPercent: 50, memoryBytes: 2 ** 30, ...nothing };
          return Promise.resolve({ stepSeconds, samples: [sample] });
        },
        console: () => {
          const [ours, theirs] = duplexPair();
          ours.once('close', () => theirs.destroy());
          theirs.once('close', () => ours.destroy());
          drivers.consoles.push(theirs);
          return Promise.resolve(ours);
        },
        adoptable: (external) => Promise.resolve(drivers.adoptable.get(external)),
        watch: () => Promise.resolve(),
      };
      const storage: StorageDriver = {
        name: 'memory',
        images,
        volumes,
        snapshots: takenElsewhere(volumeSnapshots, copiedFor),
        configDrives,
        ...(options.upkeep && {
          upkeep: (request: UpkeepRequest) => Promise.resolve(options.upkeep?.(request) ?? NO_WORK),
        }),
        content,
        pools: () =>
          Promise.resolve([
            {
              external: asExternalId('memory-share'),
              name: 'memory',
              live: true,
              totalBytes: 2 ** 40,
              usedBytes: drivers.usedBytes,
            },
          ]),
      };
      const network = memoryNetwork(appliances, drivers.leaks, options.meters);
      container.register(COMPUTE, { useValue: compute });
      container.register(STORAGE, { useValue: storage });
      container.register(NETWORK, { useValue: network });
    },
  };
  return drivers;
}

function memoryServers(
  isLive: (host: ServerDesired['host']) => boolean,
): MemoryObjects<ServerDesired, MemoryServer> {
  return new MemoryObjects<ServerDesired, MemoryServer>({
    name: 'memory.servers',
    dataBearing: 'no',
    create: newServer,
    compare: (desired, actual) => placedChanges(desired, actual, isLive),
    change: placedAfter,
    adopts: ({ adopted }) => (adopted === undefined ? 'no' : 'yes'),
    show: (desired, actual) => ({
      ...actual,
      pendingRestart:
        actual.powerState === 'running' && actual.ramSizeMb !== desired.ramSizeMb
          ? [{ field: 'ramSizeMb', reason: 'memory changes only while it is off' }]
          : [],
    }),
  });
}

function memoryImages(content: MemoryContent): MemoryObjects<ImageDesired, ImageActual> {
  return new MemoryObjects<ImageDesired, ImageActual>({
    name: 'memory.images',
    dataBearing: 'yes',
    awaits: ({ source }, { uuid }) => {
      if (source.kind !== 'upload') return undefined;
      const taken = content.take(uuid, source.sha256);
      return 'percent' in taken ? taken : undefined;
    },
    create: (desired, { uuid }) => {
      const file = imageFileOf(desired);
      const taken = desired.source.kind === 'upload' ? content.take(uuid) : undefined;
      return taken !== undefined && 'sha256' in taken ? { ...file, sha256: taken.sha256 } : file;
    },
    compare: () => [],
    change: (_desired, actual) => actual,
  });
}

function memoryAppliances(): MemoryObjects<ApplianceDesired, MemoryAppliance> {
  return new MemoryObjects<ApplianceDesired, MemoryAppliance>({
    name: 'memory.appliances',
    dataBearing: 'no',
    create: applianceWith,
    compare: applianceChanges,
    change: applianceWith,
  });
}

function memoryDisks(): MemoryObjects<DiskDesired, DiskActual> {
  return new MemoryObjects<DiskDesired, DiskActual>({
    name: 'memory.disks',
    dataBearing: 'no',
    create: ({ sizeBytes }) => ({ sizeBytes }),
    compare: ({ sizeBytes }, actual) =>
      sizeBytes === actual.sizeBytes ? [] : [changed('sizeBytes', sizeBytes, actual.sizeBytes)],
    change: ({ sizeBytes }) => ({ sizeBytes }),
  });
}

function memoryVolumes(
  taken: MemoryObjects<VolumeSnapshotDesired, MemoryVolumeSnapshot>,
  brought: MemoryContent,
): MemoryObjects<VolumeDesired, MemoryVolume> {
  const origins: MemoryOrigins = {
    ...NO_ORIGINS,
    snapshot: (uuid) => taken.objects.get(uuid)?.actual,
    upload: (id) => brought.give(id),
  };
  return new MemoryObjects<VolumeDesired, MemoryVolume>({
    name: 'memory.volumes',
    dataBearing: 'yes',
    create: (desired) => newVolume(desired, origins),
    compare: (desired, actual) => volumeChanges(desired, actual, origins),
    change: (desired, actual, change) => {
      const uuid = takenBy(change);
      if (uuid !== undefined && !taken.objects.has(uuid)) {
        taken.put({ uuid, epoch: 1 }, takenFrom(actual));
        taken.counts.create += 1;
      }
      return volumeAfter(desired, actual, change, origins);
    },
  });
}

// Volumes take them, or the hypervisor has copied one: nobody makes one of nothing.
function takenElsewhere(
  taken: MemoryObjects<VolumeSnapshotDesired, MemoryVolumeSnapshot>,
  copiedFor: (desired: VolumeSnapshotDesired) => MemoryVolume | undefined,
): Driver<VolumeSnapshotDesired, VolumeSnapshotActual> {
  const { name, traits } = taken;
  return {
    name,
    traits,
    observe: (...args) => taken.observe(...args),
    create: (key, desired, call) =>
      copiedFor(desired) === undefined && !taken.objects.has(key.uuid)
        ? Promise.reject(notTaken(key.uuid))
        : taken.create(key, desired, call),
    update: (...args) => taken.update(...args),
    delete: (...args) => taken.delete(...args),
    foresee: (...args) => taken.foresee(...args),
    quarantine: (...args) => taken.quarantine(...args),
    list: (...args) => taken.list(...args),
  };
}

/** A snapshot of a volume as it is now. */
export function takenFrom({
  restores: _done,
  contents: _brought,
  refused: _why,
  use: _its,
  leaving: _neither,
  ...file
}: MemoryVolume): MemoryVolumeSnapshot {
  return { ...file, takenAt: 1_700_000_000_000 };
}

function memoryMaintenance(
  accept: (host: MaintenanceDesired['host'], accepting: boolean) => void,
): MemoryObjects<MaintenanceDesired, MaintenanceActual> {
  const wanted = ({ mode }: MaintenanceDesired): boolean => mode === 'normal';
  return new MemoryObjects<MaintenanceDesired, MaintenanceActual>({
    name: 'memory.maintenance',
    dataBearing: 'no',
    create: () => ({ accepting: true }),
    compare: (desired, { accepting }) =>
      accepting === wanted(desired) ? [] : [changed('accepting', wanted(desired), accepting)],
    change: (desired) => {
      accept(desired.host, wanted(desired));
      return { accepting: wanted(desired) };
    },
  });
}

function plain<Desired, Actual>(
  name: string,
  dataBearing: 'yes' | 'no',
  create: (desired: Desired, key: ObjectKey) => Actual,
): MemoryObjects<Desired, Actual> {
  return new MemoryObjects<Desired, Actual>({
    name,
    dataBearing,
    create,
    compare: () => [],
    change: (_desired, actual) => actual,
  });
}

/** A disk's file as it is when nothing was written to it. */
export function fileOf({ sizeBytes }: { readonly sizeBytes: number }): DiskFileActual {
  return { virtualBytes: sizeBytes, physicalBytes: 65_536 };
}

/** An image's file; content of no size of its own is a GiB. */
export function imageFileOf({ sizeBytes, source }: ImageDesired): ImageActual {
  const file = fileOf({ sizeBytes: sizeBytes ?? 2 ** 30 });
  return source.kind === 'url' || source.kind === 'upload'
    ? { ...file, sha256: source.sha256 ?? '0'.repeat(64) }
    : file;
}

/** The only disk that a snapshot in memory is of. */
interface CopiedDisk {
  /** What the copy is called. */
  readonly name: ResourceUuid;
  readonly disk: ResourceUuid;
  /** The disk as it is; undefined where there is none. */
  readonly of: MemoryVolume | undefined;
}

/** A snapshot of a server as it is now, with one disk of 2 GiB; in memory nobody can quiesce a guest. */
export function snapshotOf(
  server: MemoryServer | undefined,
  only?: CopiedDisk,
): MemoryServerSnapshot {
  const consistency = server?.powerState === 'running' ? 'crash' : 'offline';
  const taken = { consistency, takenAt: 1_700_000_000_000, sizeBytes: 2 ** 31 } as const;
  const has = server?.disks.some(({ volume }) => volume === only?.disk) === true;
  return only?.of !== undefined && has ? { ...taken, copy: only.name, copied: only.of } : taken;
}

/** Two blocks of a VHD, which is what a real one takes. */
const CONFIG_DRIVE_BYTES = 2 ** 21;

/** A config drive's file. */
export function configDriveFile(): DiskFileActual {
  return fileOf({ sizeBytes: CONFIG_DRIVE_BYTES });
}
