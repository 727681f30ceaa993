import type { ResourceUuid } from '../../model/identity.js';

/** When keys and logins were used, as the SQL store keeps it. */
export class MemoryUses {
  readonly #uses = new Map<ResourceUuid, number>();

  /** Takes over everything from another. */
  takeOver(other: MemoryUses): void {
    for (const [resource, at] of other.#uses) this.#uses.set(resource, at);
  }

  note(resource: ResourceUuid, at: number): void {
    this.#uses.set(resource, Math.max(at, this.#uses.get(resource) ?? at));
  }

  last(resource: ResourceUuid): number | undefined {
    return this.#uses.get(resource);
  }

  /** Forgets what belonged to these. */
  forget(resources: Iterable<ResourceUuid>): void {
    for (const resource of resources) this.#uses.delete(resource);
  }
}
