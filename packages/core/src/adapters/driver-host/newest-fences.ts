import type { Fence, ResourceUuid } from '../../model/identity.js';

const MOST = 100_000;

/**
 * The newest holder of each resource that changed something here. A help for drivers whose backend refuses nobody, and
 * no promise: it is forgotten at a restart, and of very many resources.
 */
export class NewestFences {
  readonly #newest = new Map<ResourceUuid, Fence>();

  /** Whether a holder may change something: none that is older than one who already did. */
  admit(uuid: ResourceUuid, fence: Fence): 'admitted' | 'older' {
    const newest = this.#newest.get(uuid);
    if (newest !== undefined && fence < newest) return 'older';
    this.#newest.delete(uuid);
    this.#newest.set(uuid, fence);
    for (const [oldest] of this.#newest) {
      if (this.#newest.size <= MOST) break;
      this.#newest.delete(oldest);
    }
    return 'admitted';
  }
}
