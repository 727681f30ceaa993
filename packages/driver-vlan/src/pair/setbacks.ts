import type { Clock, ResourceUuid } from '@gdcloud/core';
import type { Answer } from './member-appliance.js';

/** So many failures in a row are more than a mishap. */
const MOST = 3;
/** After how long it is tried again; milliseconds. */
const PAUSE_MS = 30_000;

/**
 * Appliances that answer, and can't do what they are told, as with a full disk. After a few tries in vain a change goes on
 * without them, as if they were away, and they are tried again after a while. In memory only: a new process tries anew.
 */
export class Setbacks {
  readonly #clock: Clock;
  readonly #failed = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of how a change of a network went. */
  note(network: ResourceUuid, answers: readonly Answer<unknown>[]): void {
    for (const { kind, by } of answers) {
      const key = `${network} ${by.name}`;
      const count = (this.#failed.get(key)?.count ?? 0) + 1;
      if (kind === 'away') this.#failed.set(key, { count, at: this.#clock.monotonic() });
      else this.#failed.delete(key);
    }
  }

  /** Whether it is of no use now to tell an appliance about a network. */
  hold(network: ResourceUuid, appliance: string): boolean {
    const failed = this.#failed.get(`${network} ${appliance}`);
    if (failed === undefined || failed.count < MOST) return false;
    return this.#clock.monotonic() - failed.at < PAUSE_MS;
  }
}
