import { leaving } from '../model/claim-class.js';
import type { ResourceUuid } from '../model/identity.js';
import type { PlacementRequest } from '../ports/reconciler.js';
import type { Capacity } from '../ports/store.js';
import type { PassWorld } from './pass-world.js';

/** More than a place ever has of one mark: whoever takes all of it is alone with it. */
const ALL = 1_000_000;

type Company = Pick<PlacementRequest, 'marks' | 'avoids' | 'prefers'>;
type Ledger = Pick<PassWorld['store'], 'capacities' | 'claimOf'>;

/** What is charged at a place besides the room: the marks that are shown and avoided there. */
export interface CompanyClaim {
  readonly className: string;
  readonly amount: number;
  readonly total: number;
}

/**
 * The claims that keep others away. Who shows a mark and avoids it itself takes all of it, so that of two of its kind
 * one is refused by the ledger; who shows what another one avoids is found by {@link companyOf} once both have claimed.
 */
export function companyClaims({ marks = [], avoids = [] }: Company): readonly CompanyClaim[] {
  const shown = marks.map((mark) => ({
    className: shows(mark),
    amount: avoids.includes(mark) ? ALL : 1,
    total: ALL,
  }));
  const avoided = avoids
    .filter((mark) => !marks.includes(mark))
    .map((mark) => ({ className: keepsFrom(mark), amount: 1, total: ALL }));
  return [...shown, ...avoided];
}

/** Why a resource can't be at a place. */
export interface Objection {
  /** Who minds: it itself, or one that is there. */
  readonly by: 'it' | 'another';
  readonly message: string;
}

/** Who else is at the places that can be chosen. */
export interface PlacesCompany {
  /** Why a resource can't be at a place; undefined when nobody there minds. */
  objection(holder: ResourceUuid): Objection | undefined;
  /** Whether one is there that it would rather be near. */
  isNear(holder: ResourceUuid): 'yes' | 'no';
}

/** Looks at who is where, the resource `owner` itself not counted. */
export async function companyOf(
  owner: ResourceUuid,
  { marks = [], avoids = [], prefers = [] }: Company,
  store: Ledger,
): Promise<PlacesCompany> {
  const shown = await othersIn([...avoids, ...prefers].map(shows), owner, store);
  const kept = await othersIn(marks.map(keepsFrom), owner, store);
  return {
    objection(holder) {
      const disliked = avoids.find((mark) => (shown.get(shows(mark))?.get(holder) ?? 0) > 0);
      if (disliked !== undefined)
        return { by: 'it', message: `one labelled ${labelOf(disliked)} is there` };
      const disliking = marks.find((mark) => (kept.get(keepsFrom(mark))?.get(holder) ?? 0) > 0);
      if (disliking !== undefined) {
        const message = `one is there that keeps away from ${labelOf(disliking)}`;
        return { by: 'another', message };
      }
      return undefined;
    },
    isNear: (holder) =>
      prefers.some((mark) => (shown.get(shows(mark))?.get(holder) ?? 0) > 0) ? 'yes' : 'no',
  };
}

type Counts = ReadonlyMap<string, ReadonlyMap<ResourceUuid, number>>;

async function othersIn(
  classes: readonly string[],
  owner: ResourceUuid,
  store: Ledger,
): Promise<Counts> {
  const counts = new Map<string, ReadonlyMap<ResourceUuid, number>>();
  for (const className of new Set(classes)) {
    const used = usedOf(await store.capacities(className));
    for (const claimed of [className, leaving(className)]) {
      const own = await store.claimOf(owner, claimed);
      if (own !== undefined) used.set(own.holder, (used.get(own.holder) ?? 0) - own.amount);
    }
    counts.set(className, used);
  }
  return counts;
}

function usedOf(capacities: ReadonlyMap<ResourceUuid, Capacity>): Map<ResourceUuid, number> {
  return new Map([...capacities].map(([holder, { used }]) => [holder, used]));
}

function shows(mark: string): string {
  return `mark/${mark}`;
}

function keepsFrom(mark: string): string {
  return `apart/${mark}`;
}

// A mark is its owner's name for itself and the label: `<account>/web`.
function labelOf(mark: string): string {
  return mark.slice(mark.indexOf('/') + 1);
}
