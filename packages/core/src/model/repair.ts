import type { ExternalId } from './identity.js';

/**
 * What a person decided about an outside object, as desired state: written by the API, acted upon by passes, never
 * cleared. It names exactly what was decided about, so that it says nothing about what happens later.
 */
export type Repair =
  /**
   * The object of `part` that held data and is missing at `epoch` may be made anew. `step` is the part's at that time:
   * an object that came back by itself has moved on, and is not made anew when it goes missing once more.
   */
  | {
      readonly kind: 'recreate';
      readonly part: string;
      readonly epoch: number;
      readonly step: number;
    }
  /** Of the objects under the key of `part`, `external` stays; the others are destroyed, whatever is in them. */
  | { readonly kind: 'keep'; readonly part: string; readonly external: ExternalId };

/** The repairs after one more decision; the same array if it was taken already. A part has one of each kind. */
export function withRepair(repairs: readonly Repair[], repair: Repair): readonly Repair[] {
  if (repairs.some((known) => sameRepair(known, repair))) return repairs;
  return [
    ...repairs.filter(({ kind, part }) => kind !== repair.kind || part !== repair.part),
    repair,
  ];
}

function sameRepair(left: Repair, right: Repair): boolean {
  if (left.part !== right.part) return false;
  if (left.kind === 'keep') return right.kind === 'keep' && left.external === right.external;
  return right.kind === 'recreate' && left.epoch === right.epoch && left.step === right.step;
}
