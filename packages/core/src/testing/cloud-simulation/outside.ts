import type { Plugin } from '../../di.js';
import { DriverFailure } from '../../model/errors.js';
import { asExternalId, type ExternalId, type ResourceUuid } from '../../model/identity.js';
import type { Change, DriverTraits, ObjectKey } from '../../ports/driver.js';
import type { ApplianceDesired } from '../../ports/drivers/appliance.js';
import type {
  ComputeDriver,
  DiskActual,
  DiskDesired,
  HostReport,
  MaintenanceActual,
  MaintenanceDesired,
  SegmentActual,
  SegmentDesired,
  ServerDesired,
  ServerSnapshotDesired,
  ServerUsage,
  ShareActual,
  ShareDesired,
} from '../../ports/drivers/compute.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type {
  ArrivalDesired,
  ConfigDriveDesired,
  DiskFileActual,
  ImageActual,
  ImageDesired,
  StorageDriver,
  StoragePoolReport,
  VolumeDesired,
  VolumeSnapshotDesired,
} from '../../ports/drivers/storage.js';
import { COMPUTE, NETWORK, STORAGE } from '../../ports/tokens.js';
import {
  applianceChanges,
  applianceWith,
  carriedBy,
  type MemoryAppliance,
} from '../memory-appliance.js';
import {
  configDriveFile,
  imageFileOf,
  type MemoryServerSnapshot,
  type MemoryVolumeSnapshot,
  snapshotOf,
  takenFrom,
} from '../memory-drivers.js';
import { macOf } from '../memory-network.js';
import { type MemoryServer, newServer, placedAfter, placedChanges } from '../memory-server.js';
import {
  type MemoryArrival,
  type MemoryOrigins,
  type MemoryVolume,
  NO_ORIGINS,
  newVolume,
  notTaken,
  takenBy,
  volumeAfter,
  volumeChanges,
} from '../memory-volume.js';
import { CALL_FAULTS } from '../simulator/fault.js';
import type { Process } from '../simulator/process.js';
import type { PointOptions, World } from '../simulator/world.js';
import { OutsideConsoles } from './outside-consoles.js';
import { refused } from './outside-failures.js';
import { OutsideMeters } from './outside-meters.js';
import type { Backend, ObjectKind, OutsideWitness } from './outside-model.js';
import { OutsideObjects } from './outside-objects.js';
import { OutsideShares } from './outside-shares.js';

/** A server of the model: it counts how often it was really rebooted, those asked for before it was made included. */
export interface SimulatedServer extends MemoryServer {
  readonly reboots: number;
}

const MACHINE: DriverTraits = { identity: 'stamped', fencing: 'cas', dataBearing: false };
const TAKEN: DriverTraits = { identity: 'stamped', fencing: 'none', dataBearing: true };
const KNOWLEDGE: DriverTraits = { identity: 'chosen', fencing: 'none', dataBearing: false };
const DATA: DriverTraits = { identity: 'chosen', fencing: 'none', dataBearing: true };
const FENCED_DATA: DriverTraits = { identity: 'chosen', fencing: 'cas', dataBearing: true };
const FENCED: DriverTraits = { identity: 'chosen', fencing: 'cas', dataBearing: false };

/** Everything outside of a simulated cloud: three backends, their hosts and shares, and the objects on them. */
export class Outside {
  readonly compute: Backend = { name: 'compute', mode: 'up', workMs: 0 };
  readonly storage: Backend = { name: 'storage', mode: 'up', workMs: 0 };
  /** What networks have carried. */
  readonly meters = new OutsideMeters();
  readonly network: Backend = { name: 'network', mode: 'up', workMs: 0 };
  readonly servers: OutsideObjects<ServerDesired, SimulatedServer>;
  readonly maintenance: OutsideObjects<MaintenanceDesired, MaintenanceActual>;
  readonly segments: OutsideObjects<SegmentDesired, SegmentActual>;
  readonly shares: OutsideObjects<ShareDesired, ShareActual>;
  readonly disks: OutsideObjects<DiskDesired, DiskActual>;
  readonly snapshots: OutsideObjects<ServerSnapshotDesired, MemoryServerSnapshot>;
  readonly images: OutsideObjects<ImageDesired, DiskFileActual>;
  readonly volumes: OutsideObjects<VolumeDesired, MemoryVolume>;
  readonly volumeSnapshots: OutsideObjects<VolumeSnapshotDesired, MemoryVolumeSnapshot>;
  readonly arrivals: OutsideObjects<ArrivalDesired, MemoryArrival>;
  readonly configDrives: OutsideObjects<ConfigDriveDesired, DiskFileActual>;
  readonly appliances: OutsideObjects<ApplianceDesired, MemoryAppliance>;
  readonly consoles: OutsideConsoles;
  hosts: readonly HostReport[];
  /** Why a server can't be moved as it runs; undefined when it can. Asked before each move. */
  refuseMove: (to: ExternalId) => string | undefined = () => undefined;
  readonly #world: World;
  #written = 0;
  readonly #watchers = new Set<(uuid: ResourceUuid) => void>();

  /** Absent where there is only one share. */
  readonly #divided: OutsideShares | undefined;

  constructor(
    world: World,
    hosts: readonly HostReport[],
    witness: OutsideWitness,
    shares: 'one' | 'two' = 'one',
  ) {
    this.#world = world;
    this.#divided =
      shares === 'two' ? new OutsideShares([SHARE.external, `${SHARE.external} 2`]) : undefined;
    this.hosts = hosts;
    const telling: OutsideWitness = {
      sent: (...args) => witness.sent(...args),
      happened: (event) => {
        witness.happened(event);
        if (event.kind !== 'servers') return;
        this.#guestWrites(event.object.external);
        for (const tell of this.#watchers) tell(event.object.uuid);
      },
    };
    this.servers = new OutsideObjects(world, serverKind(this), telling);
    this.maintenance = new OutsideObjects(world, maintenanceKind(this), telling);
    this.segments = new OutsideObjects(
      world,
      still<SegmentDesired, SegmentActual>('segments', this.compute, MACHINE, () => ({ hosts: 2 })),
      telling,
    );
    this.shares = new OutsideObjects(
      world,
      still<ShareDesired, ShareActual>('shares', this.compute, KNOWLEDGE, () => ({ hosts: 2 })),
      telling,
    );
    this.disks = new OutsideObjects(world, diskKind(this.compute), telling);
    this.snapshots = new OutsideObjects(world, serverSnapshotKind(this), telling);
    this.images = new OutsideObjects(
      world,
      still<ImageDesired, ImageActual>('images', this.storage, DATA, imageFileOf),
      telling,
    );
    this.volumes = new OutsideObjects(world, volumeKind(this), telling);
    this.volumeSnapshots = new OutsideObjects(world, volumeSnapshotKind(this), telling);
    this.arrivals = new OutsideObjects(world, arrivalKind(this), telling);
    this.configDrives = new OutsideObjects(
      world,
      still<ConfigDriveDesired, DiskFileActual>(
        'configDrives',
        this.storage,
        DATA,
        configDriveFile,
      ),
      telling,
    );
    this.appliances = new OutsideObjects(world, applianceKind(this.network), telling);
    this.consoles = new OutsideConsoles(world, this.servers);
  }

  get backends(): readonly Backend[] {
    return [this.compute, this.storage, this.network, ...(this.#divided?.backends ?? [])];
  }

  get kinds(): readonly OutsideObjects<never, unknown>[] {
    return [
      this.servers,
      this.maintenance,
      this.shares,
      this.segments,
      this.disks,
      this.snapshots,
      this.images,
      this.volumes,
      this.volumeSnapshots,
      this.arrivals,
      this.configDrives,
      this.appliances,
    ];
  }

  /** Takes over copies of all objects of another outside. */
  takeOver(other: Outside): void {
    this.servers.takeOver(other.servers);
    this.maintenance.takeOver(other.maintenance);
    this.shares.takeOver(other.shares);
    this.segments.takeOver(other.segments);
    this.disks.takeOver(other.disks);
    this.snapshots.takeOver(other.snapshots);
    this.images.takeOver(other.images);
    this.volumes.takeOver(other.volumes);
    this.volumeSnapshots.takeOver(other.volumeSnapshots);
    this.arrivals.takeOver(other.arrivals);
    this.configDrives.takeOver(other.configDrives);
    this.appliances.takeOver(other.appliances);
  }

  /** Whether a host answers. */
  isLive(host: ExternalId): boolean {
    return this.hosts.some((each) => each.external === host && each.live);
  }

  /** Changes what a host reports from now on. */
  setHost(host: ExternalId, report: Partial<HostReport>): void {
    this.hosts = this.hosts.map((each) => (each.external === host ? { ...each, ...report } : each));
  }

  /** Registers the drivers as one process has them. */
  pluginOf(process: Process): Plugin {
    const compute: ComputeDriver = {
      name: 'simulated',
      servers: this.servers.driverOf(process),
      segments: this.segments.driverOf(process),
      disks: this.disks.driverOf(process),
      maintenance: this.maintenance.driverOf(process),
      shares: this.shares.driverOf(process),
      snapshots: this.snapshots.driverOf(process),
      hosts: () =>
        this.#world.point(process, asking('compute.hosts'), () =>
          answerOf(this.compute, () => this.hosts),
        ),
      usage: ({ uuid, epoch }, { stepSeconds }) =>
        this.#world.point(process, asking('compute.usage'), () =>
          answerOf(this.compute, () => this.#usageOf(uuid, epoch, stepSeconds)),
        ),
      console: (key) => this.consoles.openFor(process, key),
      watch: (changed, { signal }) => this.#watch(process, changed, signal),
    };
    const files = {
      images: this.images.driverOf(process),
      volumes: this.volumes.driverOf(process),
      snapshots: this.volumeSnapshots.driverOf(process),
      configDrives: this.configDrives.driverOf(process),
    };
    const storage: StorageDriver = {
      name: 'simulated',
      ...(this.#divided === undefined
        ? files
        : this.#divided.over(
            { ...files, arrivals: this.arrivals.driverOf(process) },
            (driver, uuid) => this.#isThere(driver, uuid),
          )),
      pools: () =>
        this.#world.point(process, asking('storage.pools'), () =>
          answerOf(this.storage, () => this.#divided?.reports ?? [SHARE]),
        ),
      // A round of two steps, so that a process can die between them; what is on the shares needs none.
      upkeep: ({ cursor }) =>
        this.#world.point(process, asking('storage.upkeep'), () =>
          answerOf(this.storage, () => ({
            ...(cursor === undefined ? { cursor: 'second' } : {}),
            done: [],
            problems: [],
          })),
        ),
    };
    const network: NetworkDriver = {
      name: 'simulated',
      appliances: this.appliances.driverOf(process),
      carried: (of, element) =>
        this.#world.point(process, asking('network.carried'), () =>
          answerOf(this.network, () =>
            carriedBy(
              this.appliances.of(of).map(({ actual }) => actual),
              element,
            ),
          ),
        ),
      ...(this.meters.counting === 'yes' && { meters: this.#metersOf(process) }),
      proveIsolation: () =>
        this.#world.point(process, asking('network.proveIsolation'), () =>
          answerOf(this.network, () => ({
            tried: ['to everyone'],
            arrived: [],
            by: 'server' as const,
          })),
        ),
      planText: (of) =>
        this.#world.point(process, asking('network.planText'), () =>
          answerOf(this.network, () => `# network ${of}\n`),
        ),
      physicalNetworks: [{ name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 }],
      macAddress: ({ server, device, attempt }) => macOf(server, device + attempt),
    };
    return (container) => {
      container.register(COMPUTE, { useValue: compute });
      container.register(STORAGE, { useValue: storage });
      container.register(NETWORK, { useValue: network });
    };
  }

  #metersOf(process: Process): NonNullable<NetworkDriver['meters']> {
    return (network) =>
      this.#world.point(process, asking('network.meters'), () =>
        answerOf(this.network, () =>
          this.appliances
            .of(network)
            .flatMap(({ actual }) => this.meters.look(network, actual.document)),
        ),
      );
  }

  #isThere(driver: string, uuid: ResourceUuid): boolean {
    const kept = this.kinds.find(({ kind }) => `simulated.${kind.name}` === driver);
    return kept !== undefined && kept.matching(uuid, 1).length > 0;
  }

  // Whatever happens to a server, its guest has written to all disks by then.
  #guestWrites(external: ExternalId): void {
    for (const { volume } of this.servers.objects.get(external)?.actual.disks ?? []) {
      this.#written += 1;
      const content = `what was written as number ${this.#written}`;
      for (const { uuid, external, actual } of this.volumes.objects.values())
        if (uuid === volume) this.volumes.meddle(external, { ...actual, content });
    }
  }

  // Of a server that is there something is known, though not much.
  #usageOf(uuid: ResourceUuid, epoch: number, stepSeconds: number): ServerUsage {
    const samples = this.servers.matching(uuid, epoch).map(({ actual }) => ({
      at: this.#world.now,
      cpuPercent: actual.powerState === 'running' ? 1 : 0,
      memoryBytes: actual.ramSizeMb * 2 ** 20,
      diskReadBytesPerSecond: null,
      diskWriteBytesPerSecond: null,
      networkReceiveBytesPerSecond: null,
      networkSendBytesPerSecond: null,
    }));
    return { stepSeconds, samples };
  }

  async #watch(
    process: Process,
    changed: (uuid: ResourceUuid) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#world.point(process, asking('compute.watch'), () =>
      answerOf(this.compute, () => undefined),
    );
    const tell = (uuid: ResourceUuid): void => {
      this.#world.schedule(this.#world.now + 10, () => process.deliver(() => changed(uuid)));
    };
    this.#watchers.add(tell);
    process.onDeath(() => this.#watchers.delete(tell));
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#watchers.delete(tell);
  }
}

const SHARE: StoragePoolReport = {
  external: asExternalId('share'),
  name: 'share',
  live: true,
  totalBytes: 2 ** 40,
  usedBytes: 0,
};

/** The hosts of a simulated cloud. */
export function simulatedHosts(count: number, ramSizeMb: number): readonly HostReport[] {
  return Array.from({ length: count }, (_, index) => ({
    external: asExternalId(`host-${index}`),
    name: `host${index}`,
    live: true,
    enabled: true,
    cpuCount: 32,
    ramSizeMb,
  }));
}

function serverKind(outside: Outside): ObjectKind<ServerDesired, SimulatedServer> {
  return {
    name: 'servers',
    backend: outside.compute,
    traits: MACHINE,
    acting: ['restarts'],
    create: (desired) => ({ ...newServer(desired), reboots: desired.restarts }),
    compare: (desired, actual) => placedChanges(desired, actual, (host) => outside.isLive(host)),
    refuse: (desired, actual, { field }) => refusedMove(outside, desired, actual, field),
    act: (_desired, actual, { field }) =>
      field === 'restarts' ? { ...actual, reboots: actual.reboots + 1 } : actual,
    note: placedAfter,
  };
}

function refusedMove(
  outside: Outside,
  desired: ServerDesired,
  { host }: SimulatedServer,
  field: string,
): DriverFailure | undefined {
  const isMove =
    field === 'host' && host !== undefined && desired.lostHosts?.includes(host) !== true;
  if (!isMove) return undefined;
  const why = outside.refuseMove(desired.host);
  if (why !== undefined) return refused('servers', 'MigrationImpossible', why);
  return outside.isLive(desired.host)
    ? undefined
    : refused('servers', 'HostOffline', `${desired.host} does not answer`);
}

function maintenanceKind(outside: Outside): ObjectKind<MaintenanceDesired, MaintenanceActual> {
  return {
    name: 'maintenance',
    backend: outside.compute,
    traits: KNOWLEDGE,
    create: () => ({ accepting: true }),
    compare: ({ mode }, { accepting }) =>
      accepting === (mode === 'normal')
        ? []
        : [difference('mode', mode, accepting ? 'normal' : 'maintenance')],
    act: (_desired, actual) => actual,
    note: ({ host, mode }) => {
      const accepting = mode === 'normal';
      outside.setHost(host, { enabled: accepting });
      return { accepting };
    },
  };
}

function applianceKind(backend: Backend): ObjectKind<ApplianceDesired, MemoryAppliance> {
  return {
    name: 'appliances',
    backend,
    traits: FENCED,
    create: applianceWith,
    compare: applianceChanges,
    act: (_desired, actual) => actual,
    note: applianceWith,
  };
}

function diskKind(backend: Backend): ObjectKind<DiskDesired, DiskActual> {
  return {
    name: 'disks',
    backend,
    traits: KNOWLEDGE,
    referredToBy: 'making',
    create: ({ sizeBytes }) => ({ sizeBytes }),
    compare: ({ sizeBytes }, actual) =>
      sizeBytes === actual.sizeBytes ? [] : [difference('sizeBytes', sizeBytes, actual.sizeBytes)],
    act: (_desired, actual) => actual,
    note: ({ sizeBytes }) => ({ sizeBytes }),
  };
}

function volumeKind(outside: Outside): ObjectKind<VolumeDesired, MemoryVolume> {
  const origins: MemoryOrigins = {
    ...NO_ORIGINS,
    snapshot: (uuid) => outside.volumeSnapshots.matching(uuid, 1)[0]?.actual,
    arrival: (uuid) => outside.arrivals.matching(uuid, 1)[0]?.actual,
  };
  return {
    name: 'volumes',
    backend: outside.storage,
    traits: FENCED_DATA,
    create: (desired) => newVolume(desired, origins),
    compare: (desired, actual) => volumeChanges(desired, actual, origins),
    act: (_desired, actual) => actual,
    note: (desired, actual, change) => volumeAfter(desired, actual, change, origins),
    beside: (actual, change, by) => {
      const uuid = takenBy(change);
      if (uuid === undefined || origins.snapshot(uuid) !== undefined) return;
      outside.volumeSnapshots.arise({ uuid, epoch: 1 }, takenFrom(actual), by);
    },
  };
}

function serverSnapshotKind(
  outside: Outside,
): ObjectKind<ServerSnapshotDesired, MemoryServerSnapshot> {
  const serverOf = ({ server }: ServerSnapshotDesired): SimulatedServer | undefined =>
    server && outside.servers.matching(server.uuid, server.epoch)[0]?.actual;
  return {
    ...still('snapshots', outside.compute, TAKEN, (desired: ServerSnapshotDesired, { uuid }) => {
      const { disk } = desired;
      const [of] = [...outside.volumes.objects.values()].filter((each) => each.uuid === disk);
      return snapshotOf(
        serverOf(desired),
        disk === undefined ? undefined : { name: uuid, disk, of: of?.actual },
      );
    }),
    refuseMaking: (_key, desired) => {
      const isThere = serverOf(desired)?.disks.some(({ volume }) => volume === desired.disk);
      return desired.disk === undefined || isThere === true ? undefined : diskNotInServer();
    },
  };
}

function diskNotInServer(): DriverFailure {
  return new DriverFailure('rejected', 'DiskNotInServer', 'the server has not got the disk', {
    remedy: 'Nothing to do: it is looked at again.',
  });
}

// What it was taken of stays as it is until it is taken for that.
function arrivalKind(outside: Outside): ObjectKind<ArrivalDesired, MemoryArrival> {
  const arrivalOf = ({ volume, move }: ArrivalDesired): MemoryArrival => {
    const [source] = outside.volumes.matching(volume, 1);
    if (source === undefined) throw refused('arrivals', 'SourceAway', `${volume} is not there`);
    const { virtualBytes, physicalBytes, content, leaving } = source.actual;
    if (leaving !== move) throw refused('arrivals', 'NotLeaving', `${volume} stays where it is`);
    return { virtualBytes, physicalBytes, content, move };
  };
  return {
    name: 'arrivals',
    backend: outside.storage,
    traits: DATA,
    create: arrivalOf,
    compare: ({ move }, actual) =>
      move === actual.move ? [] : [difference('move', move, actual.move)],
    act: (_desired, actual) => actual,
    note: arrivalOf,
  };
}

function volumeSnapshotKind(
  outside: Outside,
): ObjectKind<VolumeSnapshotDesired, MemoryVolumeSnapshot> {
  const copied = ({ copy }: VolumeSnapshotDesired): MemoryVolume | undefined =>
    [...outside.snapshots.objects.values()].find(({ actual }) => actual.copy === copy?.disk)?.actual
      .copied;
  return {
    name: 'volumeSnapshots',
    backend: outside.storage,
    traits: DATA,
    knownBy: 'uuid',
    create: (desired) =>
      takenFrom(copied(desired) ?? newVolume({ name: '', sizeBytes: 0 }, NO_ORIGINS)),
    refuseMaking: ({ uuid }, desired) => (copied(desired) ? undefined : notTaken(uuid)),
    compare: () => [],
    act: (_desired, actual) => actual,
    note: (_desired, actual) => actual,
  };
}

function still<Desired, Actual>(
  name: string,
  backend: Backend,
  traits: DriverTraits,
  create: (desired: Desired, key: Pick<ObjectKey, 'uuid'>) => Actual,
): ObjectKind<Desired, Actual> {
  return {
    name,
    backend,
    traits,
    create,
    compare: () => [],
    act: (_desired, actual) => actual,
    note: (_desired, actual) => actual,
  };
}

function asking(label: string): PointOptions {
  return {
    label,
    possible: CALL_FAULTS,
    failure: () =>
      new DriverFailure('unavailable', 'NoReply', `${label} was not answered`, {
        remedy: 'It is asked again by itself.',
      }),
  };
}

function answerOf<Answer>(backend: Backend, answer: () => Answer): Answer {
  if (backend.mode === 'up') return answer();
  throw new DriverFailure('unavailable', 'Away', `${backend.name} does not answer`, {
    remedy: 'Bring the backend back.',
  });
}

function difference(field: string, desired: string | number, actual: string | number): Change {
  return { field, desired, actual };
}
