/**
 * How often a server was restarted, kept on its VM: `<count>@<domain>`. It is written before the reboot; once the VM
 * runs in another domain, the reboot has happened. So a reboot is never lost and never doubled, whoever crashes when.
 */
export interface RestartStamp {
  readonly count: number;
  /** The domain that is to end, -1 when there was none: then the count is reached already. */
  readonly domain: number;
}

/** The field of `other_config` that holds it. */
export const RESTART = 'gdcloud:restart';

/** Reads the stamp; a VM without one was never restarted. */
export function readRestartStamp(config: Readonly<Record<string, string>>): RestartStamp {
  const [, count, domain] = /^(\d+)@(-?\d+)$/.exec(config[RESTART] ?? '') ?? [];
  return { count: Number(count ?? 0), domain: Number(domain ?? -1) };
}

/** The stamp as it is stored. */
export function restartStampText(stamp: RestartStamp): string {
  return `${stamp.count}@${stamp.domain}`;
}

/** How many restarts are done in domain `domain`. */
export function restartsDone(stamp: RestartStamp, domain: number): number {
  return rebootPending(stamp, domain) ? stamp.count - 1 : stamp.count;
}

/** Whether the reboot that the stamp announces is still to come. */
export function rebootPending(stamp: RestartStamp, domain: number): boolean {
  return stamp.domain >= 0 && stamp.domain === domain;
}
