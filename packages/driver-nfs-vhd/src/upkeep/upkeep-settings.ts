/** How a share is kept up. What is absent is the default. */
export interface UpkeepOptions {
  /** A chain with more files is shortened; default 24. XenServer takes 30, and needs some for snapshots of its own. */
  readonly mostFiles?: number | undefined;
  /** How many bytes a second are read and written when files are joined; default 64 MiB. */
  readonly bytesPerSecond?: number | undefined;
  /** For how long nothing may need a file before it is set aside; milliseconds, default an hour: longer than any call. */
  readonly graceMs?: number | undefined;
  /** For how long it is kept in the trash after that; milliseconds, default a day. */
  readonly trashMs?: number | undefined;
  /** For how long it is told why a file has gone; milliseconds, default 30 days. */
  readonly evidenceMs?: number | undefined;
  /** How long after all disks were compared with their checksums that begins anew; milliseconds, default 14 days. */
  readonly scrubEveryMs?: number | undefined;
}

/** {@link UpkeepOptions}, complete. */
export interface UpkeepSettings {
  readonly mostFiles: number;
  readonly bytesPerSecond: number;
  readonly graceMs: number;
  readonly trashMs: number;
  readonly evidenceMs: number;
  readonly scrubEveryMs: number;
  /** How many bytes one step copies at most. */
  readonly stepBytes: number;
  /** How long one step copies at most; milliseconds. */
  readonly stepMs: number;
  /** How many names one step changes at most. */
  readonly stepFiles: number;
}

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const MIB = 1024 * 1024;
/** No call lasts longer: what a process does that was given up ends within it. */
const LONGEST_CALL = 10 * 60_000;

/** Completes the options. Throws TypeError on numbers that are none, and on a grace shorter than a call may last. */
export function upkeepSettings(options: UpkeepOptions = {}): UpkeepSettings {
  const settings = {
    mostFiles: options.mostFiles ?? 24,
    bytesPerSecond: options.bytesPerSecond ?? 64 * MIB,
    graceMs: options.graceMs ?? HOUR,
    trashMs: options.trashMs ?? DAY,
    evidenceMs: options.evidenceMs ?? 30 * DAY,
    scrubEveryMs: options.scrubEveryMs ?? 14 * DAY,
    stepBytes: 256 * MIB,
    stepMs: 5_000,
    stepFiles: 200,
  };
  if (!(settings.mostFiles >= 2)) throw new TypeError('upkeep.mostFiles: 2 is the least');
  if (!(settings.bytesPerSecond > 0))
    throw new TypeError('upkeep.bytesPerSecond: a positive number is needed');
  if (!(settings.scrubEveryMs >= 0))
    throw new TypeError('upkeep.scrubEveryMs: no time is negative');
  for (const name of ['graceMs', 'trashMs', 'evidenceMs'] as const) {
    if (!(settings[name] >= LONGEST_CALL))
      throw new TypeError(`upkeep.${name}: ten minutes are the least, for a call may last so long`);
  }
  return settings;
}
