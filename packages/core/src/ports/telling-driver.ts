import type { ResourceUuid } from '../model/identity.js';

/** A driver that tells of what has changed by itself. */
export interface TellingDriver {
  /** Calls `changed` with the uuid of a resource whose object outside has changed, until `signal` aborts. */
  watch(
    changed: (uuid: ResourceUuid) => void,
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
}

/** Whether a driver ever tells anything. */
export function isTelling<D extends Partial<TellingDriver>>(
  driver: D,
): driver is D & TellingDriver {
  return driver.watch !== undefined;
}
