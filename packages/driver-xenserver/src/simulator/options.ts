/** What a simulated pool is like. */
export interface PoolOptions {
  /** Folder of the pool's database; made when missing. Without one the pool is gone when it is closed. */
  readonly state?: string | undefined;
  /** How many hosts a new pool gets. Default 2. */
  readonly hosts?: number | undefined;
  /** Memory of each host of a new pool, in MiB. Default 524288. */
  readonly hostMemoryMb?: number | undefined;
  /** CPUs of each host of a new pool. Default 64. */
  readonly hostCpuCount?: number | undefined;
  /** Folder of real `<uuid>.vhd` files, shown as one NFS storage repository of all hosts. */
  readonly storageFolder?: string | undefined;
  /** Of user `root`. Default `secret`. */
  readonly password?: string | undefined;
  /** Name of each host's physical interface in a new pool. Default `eth0`. */
  readonly trunkDevice?: string | undefined;
  /** How long a start, a shutdown or a reboot takes, in milliseconds. Default 20. */
  readonly powerLatencyMs?: number | undefined;
  /** How long plugging and unplugging a device takes, in milliseconds. Default 5. */
  readonly deviceLatencyMs?: number | undefined;
  /** How long `event.from` collects changes before it answers, in milliseconds. Default 10. */
  readonly eventDelayMs?: number | undefined;
  /** What consoles a running guest has. Default: a screen and a text terminal; only the screen can be opened. */
  readonly consoles?: readonly ('rfb' | 'vt100')[] | undefined;
}

/** {@link PoolOptions} with the defaults filled in. */
export type Settings = {
  readonly [Name in keyof PoolOptions]-?: Name extends 'state' | 'storageFolder'
    ? string | undefined
    : NonNullable<PoolOptions[Name]>;
};

/** Fills in the defaults. */
export function settingsOf(options: PoolOptions): Settings {
  return {
    state: options.state,
    hosts: options.hosts ?? 2,
    hostMemoryMb: options.hostMemoryMb ?? 524_288,
    hostCpuCount: options.hostCpuCount ?? 64,
    storageFolder: options.storageFolder,
    password: options.password ?? 'secret',
    trunkDevice: options.trunkDevice ?? 'eth0',
    powerLatencyMs: options.powerLatencyMs ?? 20,
    deviceLatencyMs: options.deviceLatencyMs ?? 5,
    eventDelayMs: options.eventDelayMs ?? 10,
    consoles: options.consoles ?? ['rfb', 'vt100'],
  };
}
