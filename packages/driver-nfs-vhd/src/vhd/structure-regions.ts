import { BATMAP_HEADER_BYTES, parseBatmap } from './batmap.js';
import { blockTableBytes } from './block-table.js';
import type { SparseVhd } from './open-vhd.js';
import { readExactly } from './reader.js';
import type { Region } from './regions.js';

/** Everything of a VHD that is neither a block nor the last footer: what `regions` tells, and the batmap. */
export async function structureRegions(vhd: SparseVhd): Promise<readonly Region[]> {
  const batmap = await batmapRegion(vhd);
  return batmap === undefined ? vhd.regions : [...vhd.regions, batmap];
}

async function batmapRegion({ file, footer, header }: SparseVhd): Promise<Region | undefined> {
  const { tableOffset, tableEntries } = header;
  const start = tableOffset + blockTableBytes(tableEntries);
  if (footer.creator !== 'tap\0' || start + BATMAP_HEADER_BYTES > file.sizeBytes) return undefined;
  const found = parseBatmap(await readExactly(file, start, BATMAP_HEADER_BYTES), tableEntries);
  if (found === undefined) return undefined;
  return { what: 'the batmap', start, end: found.mapOffset + found.mapBytes };
}
