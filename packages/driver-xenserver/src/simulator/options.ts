import { LATEST } from '../datamodel/releases.js';
import { releaseOfDump } from './dump/read-dump.js';
import type { Fixture } from './fresh-host.js';

/** What a simulated pool is like. */
export interface PoolOptions {
  /** Folder of the pool's database; made when missing. Without one the pool is gone when it is closed. */
  readonly state?: string | undefined;
  /**
   * A new pool is one freshly installed host instead: 8 CPUs, about 60 GiB free, no networks but its own; `base` with a
   * local storage repository, `bare` without. Nothing takes time there but disks whose names say so.
   */
  readonly fixture?: Fixture | undefined;
  /**
   * As of which release it answers: a name (`boston`, `tampa`, `clearwater`, …), the version of a later XAPI (`24.16.0`)
   * or `latest`. Default `latest`, for a fixture `24.16.0`. Classes, fields, messages and wire formats of later releases are not there.
   */
  readonly asOf?: string | undefined;
  /** Text of a dump of a real pool's database: a new pool begins as that one was, instead of freshly installed. */
  readonly dump?: string | undefined;
  /** How many hosts a new pool gets. Default 2. */
  readonly hosts?: number | undefined;
  /** Memory of each host of a new pool, in MiB. Default 524288. */
  readonly hostMemoryMb?: number | undefined;
  /** CPUs of each host of a new pool. Default 64. */
  readonly hostCpuCount?: number | undefined;
  /** Folder of real `<uuid>.vhd` files, shown as one NFS storage repository of all hosts. */
  readonly storageFolder?: string | undefined;
  /**
   * How long after a scan the storage manager removes bases that nothing reads from and merges others, in milliseconds; a
   * real one takes minutes. Default: never. A repository with `gc=false` in its `other_config` is left alone, one with
   * `coalesce=false` keeps what is read from.
   */
  readonly collectGarbageAfterMs?: number | undefined;
  /** Of user `root`. Default `secret`. */
  readonly password?: string | undefined;
  /** Name of each host's physical interface in a new pool. Default `eth0`. */
  readonly trunkDevice?: string | undefined;
  /** How long a start, a shutdown or a reboot takes, in milliseconds. Default 20. */
  readonly powerLatencyMs?: number | undefined;
  /** How long after its boot a guest's agent reports, in milliseconds. Default 0: with the boot. */
  readonly guestAgentDelayMs?: number | undefined;
  /**
   * `xen`, the default, attaches all devices on every boot, reboot and resume, as Xen does. `recorded`, the default of a
   * fixture, behaves as the stand-in under which a real XAPI's answers were recorded: a resume or a reboot leaves devices
   * as they are.
   */
  readonly hypervisor?: 'recorded' | 'xen' | undefined;
  /** How long plugging and unplugging a device takes, in milliseconds. Default 5. */
  readonly deviceLatencyMs?: number | undefined;
  /** How long `event.from` collects changes before it answers, in milliseconds. Default 10. */
  readonly eventDelayMs?: number | undefined;
  /**
   * What consoles a running guest has. Default: a screen and a text terminal; only the screen can be opened. A fixture's
   * guests have none, as the recorded ones.
   */
  readonly consoles?: readonly ('rfb' | 'vt100')[] | undefined;
}

/** {@link PoolOptions} with the defaults filled in. */
export type Settings = {
  readonly [Name in keyof PoolOptions]-?: Name extends
    | 'state'
    | 'storageFolder'
    | 'fixture'
    | 'dump'
    ? PoolOptions[Name]
    : NonNullable<PoolOptions[Name]>;
};

/** A fresh host is the recorded one, and a dumped pool what it was. */
function usualRelease({ dump, fixture }: PoolOptions): string {
  if (fixture !== undefined) return '24.16.0';
  return (dump === undefined ? undefined : releaseOfDump(dump)) ?? LATEST;
}

/** Fills in the defaults. */
export function settingsOf(options: PoolOptions): Settings {
  return {
    state: options.state,
    fixture: options.fixture,
    asOf: options.asOf ?? usualRelease(options),
    hosts: options.hosts ?? (options.fixture === undefined ? 2 : 1),
    dump: options.dump,
    hostMemoryMb: options.hostMemoryMb ?? 524_288,
    hostCpuCount: options.hostCpuCount ?? 64,
    storageFolder: options.storageFolder,
    collectGarbageAfterMs: options.collectGarbageAfterMs ?? Number.POSITIVE_INFINITY,
    password: options.password ?? 'secret',
    trunkDevice: options.trunkDevice ?? 'eth0',
    powerLatencyMs: options.powerLatencyMs ?? (options.fixture === undefined ? 20 : 0),
    deviceLatencyMs: options.deviceLatencyMs ?? (options.fixture === undefined ? 5 : 0),
    guestAgentDelayMs: options.guestAgentDelayMs ?? 0,
    hypervisor: options.hypervisor ?? (options.fixture === undefined ? 'xen' : 'recorded'),
    eventDelayMs: options.eventDelayMs ?? 10,
    consoles: options.consoles ?? (options.fixture === undefined ? ['rfb', 'vt100'] : []),
  };
}
