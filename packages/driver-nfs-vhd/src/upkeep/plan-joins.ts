import type { ResourceUuid } from '@gdcloud/core';
import type { DiskForest } from './disk-forest.js';
import type { ScannedDisk } from './scan-share.js';

/** Files that are to become one. */
export interface Join {
  /** Keeps its name. */
  readonly reader: ResourceUuid;
  /** What it reads from now, and will not any more; from above. */
  readonly nodes: readonly ResourceUuid[];
  readonly why: 'retired' | 'depth';
}

/** A disk of ours where hypervisors look. */
interface OwnDisk extends ScannedDisk {
  readonly uuid: ResourceUuid;
}

/**
 * Which files to make one of, the more useful first. Only what is never written again is joined: the reader is hidden,
 * and no server has a disk open that reads from it. A volume's own file is its volume's business.
 */
export function planJoins(forest: DiskForest, mostFiles: number): readonly Join[] {
  const below = new Map<ResourceUuid, OwnDisk>();
  const retired = new Set<ResourceUuid>();
  for (const node of forest.scan.disks) {
    if (node.place !== 'share' || !forest.isRetired(node)) continue;
    const pair = onlyReader(forest, node);
    if (pair === undefined || isUnread(forest, pair.reader)) continue;
    below.set(pair.reader.uuid, pair.node);
    retired.add(pair.node.uuid);
  }
  const joins: Join[] = [];
  for (const [reader] of below) {
    // It is joined along with what reads from it, so that nothing is copied twice.
    if (retired.has(reader)) continue;
    const nodes: ResourceUuid[] = [];
    for (let node = below.get(reader); node !== undefined; node = below.get(node.uuid)) {
      nodes.push(node.uuid);
    }
    joins.push({ reader, nodes, why: 'retired' });
  }
  return [...joins, ...shortenings(forest, mostFiles, retired)];
}

/** What a volume's own file may be joined with: what it alone reads from, and nobody wants any more. */
export function volumeJoin(forest: DiskForest, volume: ResourceUuid): Join | undefined {
  const top = forest.onShare(volume);
  if (top === undefined || !isOwn(forest, top) || top.said?.visibility !== 'visible')
    return undefined;
  if (forest.mayBeOpen(volume) || forest.readersOf(volume).some(({ place }) => place !== 'tmp'))
    return undefined;
  const nodes: ResourceUuid[] = [];
  let reader: OwnDisk = top;
  for (let node = forest.parentOf(reader); node !== undefined; node = forest.parentOf(reader)) {
    if (!isOwn(forest, node) || !forest.isRetired(node) || nodes.includes(node.uuid)) break;
    const readers = forest.readersOf(node.uuid).filter(({ place }) => place !== 'trash');
    if (readers.length !== 1 || readers[0] !== reader || !hidesNothing(forest, node)) break;
    nodes.push(node.uuid);
    reader = node;
  }
  return nodes.length === 0 ? undefined : { reader: volume, nodes, why: 'retired' };
}

// What is in the trash reads from it still, but goes by itself: its content is needed no further.
function onlyReader(
  forest: DiskForest,
  node: ScannedDisk,
): { readonly reader: OwnDisk; readonly node: OwnDisk } | undefined {
  if (node.uuid === undefined) return undefined;
  const readers = forest.readersOf(node.uuid).filter(({ place }) => place !== 'trash');
  const [reader] = readers;
  return reader === undefined || readers.length > 1 ? undefined : pairOf(forest, reader, node);
}

// It goes itself before long: joining would be for nothing.
function isUnread(forest: DiskForest, disk: OwnDisk): boolean {
  return (
    forest.isRetired(disk) && forest.readersOf(disk.uuid).every(({ place }) => place === 'trash')
  );
}

function pairOf(
  forest: DiskForest,
  reader: ScannedDisk,
  node: ScannedDisk,
): { readonly reader: OwnDisk; readonly node: OwnDisk } | undefined {
  if (!isOwn(forest, reader) || !isOwn(forest, node)) return undefined;
  if (reader.said?.visibility !== 'hidden' || forest.parentOf(reader) !== node) return undefined;
  if (!hidesNothing(forest, node) || forest.mayBeOpen(reader.uuid)) return undefined;
  return { reader, node };
}

function isOwn(forest: DiskForest, disk: ScannedDisk): disk is OwnDisk {
  return disk.place === 'share' && forest.isOurs(disk);
}

// What lies behind the end of a smaller node reads as zeros now, and must not show what is below it.
function hidesNothing(forest: DiskForest, node: ScannedDisk): boolean {
  if (node.said?.parent === undefined) return true;
  const parent = forest.parentOf(node)?.said;
  return parent !== undefined && parent.virtualBytes <= (node.said?.virtualBytes ?? 0);
}

/** One join for each chain that is too long, as near to its leaf as can be: what is above is least, and is shared least. */
function shortenings(
  forest: DiskForest,
  mostFiles: number,
  taken: ReadonlySet<string>,
): readonly Join[] {
  const joins = new Map<string, Join>();
  for (const leaf of forest.scan.disks) {
    if (!isOwn(forest, leaf) || forest.readersOf(leaf.uuid).length > 0) continue;
    const chain = chainOf(forest, leaf);
    const surplus = chain.length - mostFiles;
    // The joins that are to be anyway make it shorter first.
    if (surplus <= 0 || chain.some(({ uuid }) => uuid !== undefined && taken.has(uuid))) continue;
    const join = shortening(forest, chain, surplus);
    if (join !== undefined) joins.set(join.reader, join);
  }
  return [...joins.values()];
}

function shortening(
  forest: DiskForest,
  chain: readonly ScannedDisk[],
  surplus: number,
): Join | undefined {
  for (const [index, disk] of chain.entries()) {
    const nodes: ResourceUuid[] = [];
    let reader = disk;
    for (const node of chain.slice(index + 1, index + 1 + surplus)) {
      const pair = pairOf(forest, reader, node);
      if (pair === undefined) break;
      nodes.push(pair.node.uuid);
      reader = node;
    }
    if (nodes.length > 0 && disk.uuid !== undefined)
      return { reader: disk.uuid, nodes, why: 'depth' };
  }
  return undefined;
}

/** A leaf and its ancestors, as far as they are ours; a chain that comes back to itself ends there. */
function chainOf(forest: DiskForest, leaf: ScannedDisk): readonly ScannedDisk[] {
  const chain: ScannedDisk[] = [];
  let next: ScannedDisk | undefined = leaf;
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next);
    next = forest.parentOf(next);
  }
  return chain;
}
