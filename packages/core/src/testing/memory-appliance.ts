import type { ResourceUuid } from '../model/identity.js';
import type { Change } from '../ports/driver.js';
import type { ApplianceActual, ApplianceDesired } from '../ports/drivers/appliance.js';
import { elementsOf } from '../ports/drivers/appliance-elements.js';

/** An appliance in memory: it keeps the document that it follows. */
export interface MemoryAppliance extends ApplianceActual {
  readonly document: ApplianceDesired;
}

/** An appliance that follows a document. */
export function applianceWith(document: ApplianceDesired): MemoryAppliance {
  return { revision: document.revision, mode: 'record', document };
}

/** What an appliance does not follow yet. */
export function applianceChanges(
  desired: ApplianceDesired,
  actual: MemoryAppliance,
): readonly Change[] {
  return desired.revision > actual.revision
    ? [{ field: 'revision', desired: desired.revision, actual: actual.revision }]
    : [];
}

/** In which generation each of several appliances carries an element; undefined where none does. */
export function carriedBy(
  appliances: Iterable<MemoryAppliance>,
  element: ResourceUuid,
): number | undefined {
  const generations = [...appliances].flatMap(
    ({ document }) => elementsIn(document).get(element) ?? [],
  );
  return generations.length === 0 ? undefined : Math.min(...generations);
}

// Documents never change: each is gone through once.
const known = new WeakMap<ApplianceDesired, ReadonlyMap<ResourceUuid, number>>();

function elementsIn(document: ApplianceDesired): ReadonlyMap<ResourceUuid, number> {
  let elements = known.get(document);
  if (elements === undefined) {
    elements = elementsOf(document);
    known.set(document, elements);
  }
  return elements;
}
