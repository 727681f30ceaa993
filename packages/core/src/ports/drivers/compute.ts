import type { Duplex } from 'node:stream';
import type { ExternalId, ResourceUuid } from '../../model/identity.js';
import type { Driver, DriverCall, ObjectKey } from '../driver.js';
import type { Segment } from './network.js';

/** Runs servers: what a package like `driver-xenserver` registers under `COMPUTE`. */
export interface ComputeDriver {
  /** `xenserver` */
  readonly name: string;
  readonly servers: Driver<ServerDesired, ServerActual>;
  /** A network's segment as the servers' hosts see it: present on every host of the pool. */
  readonly segments: Driver<SegmentDesired, SegmentActual>;
  /**
   * Disk files of the storage driver as the hypervisor knows them: introduced after creation, forgotten after deletion.
   * One that moves to another share is forgotten and introduced again under the same name. The external id is then to be
   * another one: what was said of the one before must not meet it, however late.
   */
  readonly disks: Driver<DiskDesired, DiskActual>;

  /**
   * Whether a host takes part in what the pool does by itself. Optional: without it hosts are emptied all the same, and
   * only the pool's own tools may put servers on them meanwhile. Hosts are never made or removed.
   */
  readonly maintenance?: Driver<MaintenanceDesired, MaintenanceActual> | undefined;

  /**
   * The storage driver's share as the servers' hosts see it: connected on each of them. Optional: without it an operator
   * sees to that.
   */
  readonly shares?: Driver<ShareDesired, ShareActual> | undefined;

  /**
   * Snapshots of whole servers. Optional: without it there are none. They are taken once and never change: a look lists
   * no changes that would take another one. A create that the storage refuses because too many snapshots of a disk hang
   * on one another is rejected with the code `ChainTooLong`; one of a single disk by a backend that takes none of those,
   * with `NoDiskSnapshots`.
   */
  readonly snapshots?: Driver<ServerSnapshotDesired, ServerSnapshotActual> | undefined;

  /** The hosts there are, with what they offer. Called at start and every minute. */
  hosts(call: DriverCall): Promise<readonly HostReport[]>;

  /** What a server used, newest last; no samples for one that did not run. Absent where nobody measures, or elsewhere. */
  usage?(key: ObjectKey, span: UsageSpan, call: DriverCall): Promise<ServerUsage>;

  /**
   * Opens the console of a running server: the framebuffer by RFC 6143 (RFB), raw, both ways, from the server's version
   * on. The signal bounds the opening; afterwards it is open until either side ends it, or the server stops or moves.
   * Throws DriverFailure. Absent where the driver has no consoles, or is not in this process.
   */
  console?(key: ObjectKey, call: DriverCall): Promise<Duplex>;

  /**
   * A server of the backend that is nobody's, looked at for being adopted; undefined where there is none of that name.
   * Changes nothing. Absent where the driver adopts none, or is not in this process.
   */
  adoptable?(external: ExternalId, call: DriverCall): Promise<AdoptableServer | undefined>;

  /**
   * Calls `changed` with the uuid of a resource whose server was changed, by us or by anyone, until `signal` aborts.
   * Best effort: a missed change costs only the time until the next resync.
   */
  watch(
    changed: (uuid: ResourceUuid) => void,
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
}

/** Of which time, and how finely. A driver may answer more coarsely. */
export interface UsageSpan {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly stepSeconds: number;
}

/** What a server used. */
export interface ServerUsage {
  /** Between two samples, as it came out. */
  readonly stepSeconds: number;
  readonly samples: readonly UsageSample[];
}

/** The averages of one step; null where nothing is known. */
export interface UsageSample {
  /** The end of the step, in milliseconds since the epoch. */
  readonly at: number;
  /** Of all its processors together: 0–100. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly diskReadBytesPerSecond: number | null;
  readonly diskWriteBytesPerSecond: number | null;
  readonly networkReceiveBytesPerSecond: number | null;
  readonly networkSendBytesPerSecond: number | null;
}

/** A server as it should be. Only what is named here is ever changed. */
export interface ServerDesired {
  /** The user's name for it, 1–255 characters, not unique. */
  readonly name: string;
  /**
   * The server that it is, where it existed before its resource: it is marked as ours, along with its devices that are
   * named here, and neither restarted nor changed for that. It is never made: where it is gone, `create` is `invalid`
   * with the code `AdoptedServerGone`. One that has another owner is never marked: `invalid`, `OwnedByAnother`.
   */
  readonly adopted?: ExternalId | undefined;
  readonly powerState: 'running' | 'halted';
  /** Counts the restarts asked for: a server whose own count is lower is to be rebooted once. */
  readonly restarts: number;
  /**
   * The host that was chosen and charged for it. One that runs on another host is moved there as it runs, if that host
   * is live; where the backend refuses that for good, the driver rejects it with the code `MigrationImpossible`.
   */
  readonly host: ExternalId;
  /**
   * Hosts that certainly are off, as a person has confirmed. A server that the backend still shows on one of them does
   * not run any more: what is left of it there is cleared away, and it is started on `host`. One on any other host
   * that does not answer is left as it is.
   */
  readonly lostHosts?: readonly ExternalId[] | undefined;
  readonly bootMode: 'pvgrub' | 'pygrub' | 'hvm';
  readonly osType: 'linux' | 'windows';
  readonly ramSizeMb: number;
  readonly cpuCount: number;
  /** Ordered by device. */
  readonly disks: readonly ServerDisk[];
  /** What is in its CD drive, by the disk's name; absent for nothing. A server that never had anything in it has no drive. */
  readonly cd?: ResourceUuid | undefined;
  /** Ordered by device. */
  readonly nics: readonly ServerNic[];
}

/** A disk in a server. */
export interface ServerDisk {
  /** 0 is the root disk. */
  readonly device: number;
  /** The volume, which is also the name of its file and of the hypervisor's disk. */
  readonly volume: ResourceUuid;
}

/** A network card in a server. */
export interface ServerNic {
  readonly device: number;
  /** The network resource whose segment it joins. */
  readonly network: ResourceUuid;
  /** Six lower-case hex pairs with colons. */
  readonly macAddress: string;
  /** The only source address it may use. */
  readonly ipv4Address: string;
  /** Those of IPv6 that it may use, the one of its link first; absent: none. */
  readonly ipv6Addresses?: readonly string[] | undefined;
}

/** A server as it is. */
export interface ServerActual {
  readonly powerState: 'running' | 'halted' | 'paused' | 'suspended';
  /** Where it runs; absent when it does not. */
  readonly host?: ExternalId | undefined;
  readonly restarts: number;
  /** What it takes of its host's memory now, or will take at its next start; in MiB. */
  readonly ramSizeMb: number;
  /** Virtual processors it has now, or will have at its next start. */
  readonly cpuCount: number;
  /**
   * What is not as desired and can't be before the server is stopped: these differences are not among the changes that
   * `observe` lists, and a restart applies them all. Empty for most.
   */
  readonly pendingRestart: readonly PendingChange[];
  /** What the guest's own tools tell; absent while they tell nothing. */
  readonly guest?: GuestReport | undefined;
  /**
   * Why the backend does not hold its cards to their own source addresses although it was to, in words that follow
   * “because”. Absent where it does, and where nobody asked for it.
   */
  readonly sourceUnfiltered?: string | undefined;
}

/** A difference that waits for the server's restart. */
export interface PendingChange {
  /** As in {@link Change.field}: `ramSizeMb`, `disks.1`. */
  readonly field: string;
  /** Why it can't be made now, in words that follow “because”. */
  readonly reason: string;
}

/** What runs in a server, by the account of its tools. */
export interface GuestReport {
  /** Its addresses, in the order of its cards. One with an address counts as booted. */
  readonly addresses: readonly string[];
  /** `Debian GNU/Linux 12`; absent where it is not told. */
  readonly osName?: string | undefined;
  /** `12.5` */
  readonly osVersion?: string | undefined;
  readonly tools: 'outdated' | 'current';
  /** `6.2.0-1` */
  readonly toolsVersion?: string | undefined;
}

/** A share, to be connected on every host. */
export interface ShareDesired {
  readonly name: string;
  /** Which share, where the storage driver has several: {@link StorageShare.external}. */
  readonly share?: ExternalId | undefined;
}

/** A share as the hosts see it. */
export interface ShareActual {
  /** How many hosts it is connected on. */
  readonly hosts: number;
  /** What its operator has to change there for the disks to be safe, in words; absent where nothing. */
  readonly advice?: string | undefined;
}

/** A snapshot of a server, with all disks in it at one moment, or with one of them. */
export interface ServerSnapshotDesired {
  /** The server, as {@link ComputeDriver.servers} knows it. Absent where it is gone: then nothing is taken any more. */
  readonly server?: ObjectKey | undefined;
  /** The only disk of the server's that it is of; absent for all. It is taken only while the server has that disk. */
  readonly disk?: ResourceUuid | undefined;
}

/** A snapshot as it was taken. */
export interface ServerSnapshotActual {
  /**
   * `quiesced`: the guest had written everything down. `crash`: the disks are as after a loss of power. `offline`: the
   * server was off.
   */
  readonly consistency: 'quiesced' | 'crash' | 'offline';
  /** Milliseconds since the epoch, by the backend's clock. */
  readonly takenAt: number;
  /** Its disks together, as guests see them. */
  readonly sizeBytes: number;
  /**
   * Of a snapshot of one disk: the name of the file on the storage driver's share through which the disk is read as it
   * was. Nobody writes to that, and it stays as long as the snapshot does.
   */
  readonly copy?: ResourceUuid | undefined;
}

/** How a host is to take part. */
export interface MaintenanceDesired {
  readonly host: ExternalId;
  /** `maintenance`: nothing is started on it. `normal`: what was done for maintenance is undone, and nothing else. */
  readonly mode: 'normal' | 'maintenance';
}

/** How a host takes part. */
export interface MaintenanceActual {
  /** Whether the pool starts servers on it. */
  readonly accepting: boolean;
}

/** A network's segment, to be present on every host. */
export interface SegmentDesired {
  readonly name: string;
  readonly segment: Segment;
}

/** A segment as it is. */
export interface SegmentActual {
  /** How many hosts of the pool carry it. */
  readonly hosts: number;
}

/** A volume's file, to be known to the hypervisor. */
export interface DiskDesired {
  readonly name: string;
  readonly sizeBytes: number;
  /** The share that its file is on, where the storage driver has several: {@link StorageShare.external}. */
  readonly share?: ExternalId | undefined;
}

/** A disk as the hypervisor sees it. */
export interface DiskActual {
  readonly sizeBytes: number;
}

/** A host as the backend reports it. */
export interface HostReport {
  readonly external: ExternalId;
  readonly name: string;
  /** Reachable and willing to start servers. */
  readonly live: boolean;
  readonly cpuCount: number;
  /** Memory that servers may be given in all, in MiB. */
  readonly ramSizeMb: number;
  /** False while an operator of the backend keeps servers away from it. */
  readonly enabled: boolean;
  /** Why servers on it would have no disks, in words: `the repository nfs is not plugged`. Absent: they would. */
  readonly storageProblem?: string | undefined;
  /** The physical networks it has a trunk for. Absent: all. */
  readonly physicalNetworks?: readonly string[] | undefined;
  /** Servers that run on it and are not of this cloud. Absent: none, as far as is known. */
  readonly unmanaged?: readonly UnmanagedServer[] | undefined;
}

/** A server of the backend that no resource stands for. */
export interface UnmanagedServer {
  readonly external: ExternalId;
  readonly name: string;
}

/** A server that no resource stands for, as far as adopting it depends on it. */
export interface AdoptableServer {
  readonly external: ExternalId;
  readonly name: string;
  /** Whose it is, in words, where it has an owner already: then it can't be had. */
  readonly owner?: string | undefined;
  readonly powerState: ServerActual['powerState'];
  /** Where it runs; absent when it does not. */
  readonly host?: ExternalId | undefined;
  readonly bootMode: ServerDesired['bootMode'];
  readonly ramSizeMb: number;
  readonly cpuCount: number;
  /** Why its size can't be kept as it is, in words: its memory varies. Absent where it can. */
  readonly sizeProblem?: string | undefined;
  /** Ordered by device. CD drives are not among them. */
  readonly disks: readonly AdoptableDisk[];
  /** Ordered by device. */
  readonly nics: readonly AdoptableNic[];
  /** The addresses that its guest tells. */
  readonly addresses: readonly string[];
}

/** A disk in it. */
export interface AdoptableDisk {
  /** `2`; NaN for a place that is no number. */
  readonly device: number;
  readonly sizeBytes: number;
  /** The name of its file on the storage driver's share; absent where it is kept elsewhere or can't be ours. */
  readonly disk?: ResourceUuid | undefined;
  /** Where it is and what it is called there, in words. */
  readonly description: string;
}

/** A network card in it. */
export interface AdoptableNic {
  readonly device: number;
  /** Six lower-case hex pairs with colons. */
  readonly macAddress: string;
  /** The network resource whose segment it is in; absent for a network that is not ours. */
  readonly network?: ResourceUuid | undefined;
  /** What the backend calls that network. */
  readonly description: string;
}
