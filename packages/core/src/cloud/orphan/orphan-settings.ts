/**
 * How far a cloud goes by itself with objects outside that nobody owns: tell of them; set them aside; or, after a
 * while in quarantine, remove those that hold no data of users.
 */
export type OrphanPolicy = 'report' | 'quarantine' | 'reap';

/** What a host application may say of orphans. */
export interface OrphanOptions {
  /** How often backends are swept for orphans; milliseconds. Default 30 minutes. */
  readonly everyMs?: number | undefined;
  /** Default `report`. Before choosing more, be sure that no other cloud or database shares the backends. */
  readonly policy?: OrphanPolicy | undefined;
  /** How long an orphan stays in quarantine before policy `reap` removes it; milliseconds. Default 24 hours. */
  readonly reapAfterMs?: number | undefined;
}

/** {@link OrphanOptions}, complete. */
export interface OrphanSettings {
  readonly everyMs: number;
  readonly policy: OrphanPolicy;
  readonly reapAfterMs: number;
}

const EVERY = 30 * 60_000;
const REAP_AFTER = 24 * 60 * 60_000;

/** Completes the options. Throws on times that are none. */
export function orphanSettings(options: OrphanOptions = {}): OrphanSettings {
  const { everyMs = EVERY, policy = 'report', reapAfterMs = REAP_AFTER } = options;
  if (!(everyMs > 0)) throw new TypeError('orphans.everyMs: a positive number is needed');
  if (!(reapAfterMs >= 0)) throw new TypeError('orphans.reapAfterMs: no time is negative');
  return { everyMs, policy, reapAfterMs };
}
