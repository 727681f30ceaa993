import type { ExternalId, ResourceUuid } from '../../model/identity.js';
import type { Change } from '../../ports/driver.js';
import type { PlannedResource, PlannedStep } from './plan.js';

/** How one outside object would be after the steps so far. */
export type ForeseenObject =
  /** As `desired`, but for the changes that are still to be made. */
  | { readonly kind: 'present'; readonly desired: unknown; readonly changes: readonly Change[] }
  | { readonly kind: 'absent' }
  /** As it is, but for some of the objects under its key, which are gone. */
  | { readonly kind: 'fewer'; readonly gone: readonly ExternalId[] }
  /** Its driver does not say. */
  | { readonly kind: 'unforeseen' };

/** An object of the plan, and on whose behalf it would be changed. */
export interface PlannedObject {
  readonly uuid: ResourceUuid;
  readonly resource: PlannedResource;
  readonly part: string;
  readonly why: string;
}

/** The outside as it would be, and the steps that lead there. Lives as long as one plan. */
export class ForeseenOutside {
  readonly #objects = new Map<string, ForeseenObject>();
  readonly #steps: PlannedStep[] = [];
  readonly #unforeseen = new Map<ResourceUuid, string>();

  /** The steps so far, in order. */
  get steps(): readonly PlannedStep[] {
    return this.#steps;
  }

  /** Why the plan can't go on with a resource; by resource, the first first. */
  get unforeseen(): ReadonlyMap<ResourceUuid, string> {
    return this.#unforeseen;
  }

  /** How the object would be; undefined while the plan has not touched it: then it is as it is. */
  objectOf({ uuid, part }: Pick<PlannedObject, 'uuid' | 'part'>): ForeseenObject | undefined {
    return this.#objects.get(`${uuid}/${part}`);
  }

  /** Notes a step and what becomes of the object by it; without `after` it is seen as before. */
  step(
    object: PlannedObject,
    driver: string,
    what: Pick<PlannedStep, 'verb' | 'field' | 'desired' | 'actual' | 'room'>,
    after: ForeseenObject | undefined,
  ): void {
    const { resource, part, why } = object;
    this.#steps.push({ resource, part, driver, ...what, why });
    if (after !== undefined) this.foresee(object, driver, after);
  }

  /** Says how an object will be. */
  foresee(object: PlannedObject, driver: string, after: ForeseenObject): void {
    const { uuid, part, resource } = object;
    this.#objects.set(`${uuid}/${part}`, after);
    if (after.kind !== 'unforeseen' || this.#unforeseen.has(uuid)) return;
    this.#unforeseen.set(
      uuid,
      `${driver} does not say what ${part} of its ${resource.type} will be like then`,
    );
  }
}
