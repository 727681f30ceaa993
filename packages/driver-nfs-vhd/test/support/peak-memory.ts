// Usage: node peak-memory.js <damage>      Opens and checks a hostile file, and tells by how much that made the process grow, in MiB.

import { checkVhd, openVhd } from '@gdcloud/driver-nfs-vhd/vhd';
import { hugeVhd } from './huge-vhd.js';

/** Of the largest table there may be: whose blocks are all at one place, and whose lie over each other. */
const TABLES: Readonly<Record<string, (block: number) => number>> = {
  onePlace: () => 40_000,
  eachOverTheNext: (block) => 0xf000_0000 - block,
};

const file = hugeVhd({
  blockBytes: 2 ** 19,
  entry: TABLES[process.argv[2] ?? ''] ?? (() => 0),
});
const before = process.resourceUsage().maxRSS;
const opened = await openVhd(file).then(
  () => 'opened',
  (thrown: unknown) => thrown instanceof Error && 'code' in thrown && thrown.code,
);
const { verdict, findings } = await checkVhd(file, { nowMs: Date.now() });
const grownMiB = (process.resourceUsage().maxRSS - before) / 1024;
process.stdout.write(JSON.stringify({ opened, verdict, findings: findings.length, grownMiB }));
