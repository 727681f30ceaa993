import type { ResourceUuid } from '@gdcloud/core';

/** Those who want to hear of a network that has something new to tell. */
export class Listeners {
  readonly #listeners = new Set<(network: ResourceUuid) => void>();

  /** Tells all that listen. */
  tell(network: ResourceUuid): void {
    for (const listener of this.#listeners) listener(network);
  }

  /** Calls `changed` each time, until `signal` aborts. */
  async listen(changed: (network: ResourceUuid) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    // One entry a call, also where the same function listens twice.
    const listener = (network: ResourceUuid): void => changed(network);
    this.#listeners.add(listener);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    this.#listeners.delete(listener);
  }
}
