import {
  asExternalId,
  asUuid,
  type Clock,
  type ResourceUuid,
  type StorageDriver,
  systemClock,
} from '@gdcloud/core';
import { call } from './fixtures.js';

/** Which share, and what is recorded on it; all of it closed. */
export interface KeptShare {
  readonly folder: string;
  readonly recorded: readonly string[];
}

/** Keeps a share up for one round; what it did. */
export async function keepUpOnce(
  driver: StorageDriver,
  { folder, recorded }: KeptShare,
): Promise<readonly string[]> {
  const disks = new Map<ResourceUuid, 'closed'>(recorded.map((uuid) => [asUuid(uuid), 'closed']));
  const done: string[] = [];
  let cursor: string | undefined;
  do {
    const report = await driver.upkeep?.({ pool: asExternalId(folder), disks, cursor }, call());
    done.push(...(report?.done ?? []));
    cursor = report?.cursor;
  } while (cursor !== undefined);
  return done;
}

/** Keeps a share up, a round after the other and a day between them, until several rounds in a row do nothing. */
export async function keepUpUntilQuiet(
  driver: StorageDriver,
  share: KeptShare,
  dayPasses: () => void,
): Promise<readonly string[]> {
  const all: string[] = [];
  for (let quiet = 0; quiet < 6; ) {
    const done = await keepUpOnce(driver, share);
    all.push(...done);
    quiet = done.length === 0 ? quiet + 1 : 0;
    dayPasses();
  }
  return all;
}

/** The system's clock, some time ahead. Whoever waits by it keeps the process alive, which a driver's waiting does not. */
export function clockAhead(aheadMs: () => number): Clock {
  return {
    now: () => systemClock.now() + aheadMs(),
    monotonic: () => systemClock.monotonic(),
    schedule: (ms, fire) => {
      const timer = setTimeout(fire, ms);
      return () => clearTimeout(timer);
    },
  };
}
