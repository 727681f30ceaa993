import type { ResourceUuid } from '../../model/identity.js';
import type { Reference, ReferenceChange } from '../../ports/store.js';

/** Who is at the other end, by field. */
type Ends = Map<string, Set<ResourceUuid>>;

/** Who names whom, found from either end. */
export class MemoryReferences {
  readonly #targets = new Map<ResourceUuid, Ends>();
  readonly #sources = new Map<ResourceUuid, Ends>();

  /** Takes over who names whom from another table. */
  takeOver(other: MemoryReferences): void {
    for (const [source, ends] of other.#targets) {
      for (const [field, targets] of ends)
        for (const target of targets) this.add(source, [{ field, target }]);
    }
  }

  /** Adds the references of a new resource. */
  add(source: ResourceUuid, references: readonly Reference[]): void {
    for (const { field, target } of references) {
      join(this.#targets, source, field, target);
      join(this.#sources, target, field, source);
    }
  }

  /** Puts new targets in the place of the old ones, for the fields that are named. */
  replace(source: ResourceUuid, { fields, targets }: ReferenceChange): void {
    const ends = this.#targets.get(source);
    for (const field of fields) {
      for (const target of ends?.get(field) ?? []) part(this.#sources, target, field, source);
      ends?.delete(field);
    }
    this.add(source, targets);
  }

  /** Takes all references of a resource away: it is gone and names nobody any more. */
  clear(source: ResourceUuid): void {
    const fields = [...(this.#targets.get(source)?.keys() ?? [])];
    this.replace(source, { fields, targets: [] });
    this.#targets.delete(source);
  }

  /** Who names `target` in `field`, in no particular order. */
  referrers(target: ResourceUuid, field: string): Iterable<ResourceUuid> {
    return this.#sources.get(target)?.get(field) ?? [];
  }

  /** Whom `source` names in `field`, in no particular order. */
  targets(source: ResourceUuid, field: string): Iterable<ResourceUuid> {
    return this.#targets.get(source)?.get(field) ?? [];
  }

  /** Who names `target`, by field. */
  referrersByField(target: ResourceUuid): Iterable<readonly [string, Iterable<ResourceUuid>]> {
    return this.#sources.get(target) ?? [];
  }

  /** Everyone who names the resource or is named by it, once each, in no particular order. */
  neighbours(uuid: ResourceUuid): Iterable<ResourceUuid> {
    const found = new Set<ResourceUuid>();
    for (const side of [this.#sources, this.#targets]) {
      for (const ends of side.get(uuid)?.values() ?? []) for (const end of ends) found.add(end);
    }
    return found;
  }
}

function join(
  index: Map<ResourceUuid, Ends>,
  from: ResourceUuid,
  field: string,
  to: ResourceUuid,
): void {
  let ends = index.get(from);
  if (ends === undefined) {
    ends = new Map();
    index.set(from, ends);
  }
  const known = ends.get(field);
  if (known === undefined) ends.set(field, new Set([to]));
  else known.add(to);
}

function part(
  index: Map<ResourceUuid, Ends>,
  from: ResourceUuid,
  field: string,
  to: ResourceUuid,
): void {
  const ends = index.get(from);
  const known = ends?.get(field);
  known?.delete(to);
  if (known?.size === 0) ends?.delete(field);
  if (ends?.size === 0) index.delete(from);
}
