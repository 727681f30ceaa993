import type { Resource } from '../../model/resource.js';
import type { PhysicalNetwork, Segment } from '../../ports/drivers/network.js';
import type { Pass } from '../../ports/reconciler.js';
import type { network } from './network.js';

/** The outer tag where the operator names none. */
const ONLY_OUTER_ID = 1;

/** Gives a network an id of its own on one of the trunks; undefined when all are in use. */
export async function allocateSegment(
  pass: Pass<typeof network>,
  trunks: readonly PhysicalNetwork[],
): Promise<Segment | undefined> {
  const known = segmentOf(pass.resource, trunks);
  if (known !== undefined) return known;
  for (const trunk of trunks) {
    const tag = await pass.allocate(poolOf(trunk), idsOf(trunk));
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

// The first outer id's are called by the inner one alone, as all were when there was only one.
function idsOf(trunk: PhysicalNetwork): Iterable<string> {
  const outer = trunk.kind === 'qinq' ? outerIdsOf(trunk) : [undefined];
  return {
    *[Symbol.iterator]() {
      for (const [index, outerId] of outer.entries())
        for (let id = trunk.firstId; id <= trunk.lastId; id += 1)
          yield index === 0 ? String(id) : `${outerId}.${id}`;
    },
  };
}

function idsIn(tag: string): { readonly outerId: number | undefined; readonly id: number } {
  const [one = '', two] = tag.split('.');
  return two === undefined
    ? { outerId: undefined, id: Number(one) }
    : { outerId: Number(one), id: Number(two) };
}
