import type { Resource } from '../../model/resource.js';
import type { PhysicalNetwork, Segment } from '../../ports/drivers/network.js';
import type { Pass } from '../../ports/reconciler.js';
import type { NumberedItems } from '../../ports/store.js';
import { numberedItems } from '../numbered-items.js';
import type { network } from './network.js';

/** The outer tag where the operator names none. */
const ONLY_OUTER_ID = 1;
/** Stands in a number for the outer tag where there is none. */
const NO_OUTER_ID = 0;
/** How many ids there are in one outer tag. */
const INNER_IDS = 4_096;

/** Gives a network an id of its own on one of the trunks; undefined when all are in use. */
export async function allocateSegment(
  pass: Pass<typeof network>,
  trunks: readonly PhysicalNetwork[],
): Promise<Segment | undefined> {
  const known = segmentOf(pass.resource, trunks);
  if (known !== undefined) return known;
  for (const trunk of trunks) {
    const tag = await firstOf(pass, trunk);
    if (tag === undefined) continue;
    pass.note('segment.allocate', `${trunk.kind} ${tag} on ${trunk.name}`);
    const { outerId, id } = idsIn(tag);
    return segmentOn(trunk, outerId, id);
  }
  return undefined;
}

/** The segment that a network was given, as its row tells; undefined where it has none yet. */
export function segmentOf(
  { status }: Resource<typeof network>,
  trunks: readonly PhysicalNetwork[],
): Segment | undefined {
  const { segmentId, outerSegmentId, physicalNetwork } = status;
  const trunk = trunks.find(({ name }) => name === physicalNetwork);
  return trunk === undefined || typeof segmentId !== 'number'
    ? undefined
    : segmentOn(trunk, outerSegmentId ?? undefined, segmentId);
}

function segmentOn(trunk: PhysicalNetwork, outerId: number | undefined, id: number): Segment {
  const physicalNetwork = trunk.name;
  return trunk.kind === 'qinq'
    ? {
        kind: 'qinq',
        physicalNetwork,
        outerId: outerId ?? outerIdsOf(trunk)[0] ?? ONLY_OUTER_ID,
        id,
      }
    : { kind: trunk.kind, physicalNetwork, id };
}

function outerIdsOf({ outerIds = [] }: PhysicalNetwork): readonly number[] {
  return outerIds.length === 0 ? [ONLY_OUTER_ID] : outerIds;
}

function poolOf({ kind, name }: PhysicalNetwork): string {
  return `segment/${kind}/${name}`;
}

async function firstOf(
  pass: Pass<typeof network>,
  trunk: PhysicalNetwork,
): Promise<string | undefined> {
  const outerIds = trunk.kind === 'qinq' ? outerIdsOf(trunk) : [NO_OUTER_ID];
  for (const [index, outerId] of outerIds.entries()) {
    const tag = await pass.allocate(poolOf(trunk), idsOf(trunk, outerId, index));
    if (tag !== undefined) return tag;
  }
  return undefined;
}

// The first outer id's are called by the inner one alone, as all were when there was only one.
function idsOf(
  { firstId, lastId }: PhysicalNetwork,
  outerId: number,
  index: number,
): NumberedItems {
  const outer = outerId * INNER_IDS;
  const [first, last] = [outer + firstId, outer + lastId];
  return numberedItems({ first, last, from: first, without: [] }, (number) =>
    index === 0 ? String(number - outer) : `${outerId}.${number - outer}`,
  );
}

function idsIn(tag: string): { readonly outerId: number | undefined; readonly id: number } {
  const [one = '', two] = tag.split('.');
  return two === undefined
    ? { outerId: undefined, id: Number(one) }
    : { outerId: Number(one), id: Number(two) };
}
