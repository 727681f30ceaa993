import { tmpdir } from 'node:os';
import { withFolder } from './measure.js';
import { tell } from './report/parts.js';
import { runSuite } from './report/suite.js';
import { clones } from './vhd/clones.js';
import { coalescing } from './vhd/coalescing.js';
import { conversions } from './vhd/conversions.js';
import { memory } from './vhd/memory.js';
import { scan } from './vhd/scan.js';
import { start } from './vhd/start.js';

await runSuite({
  name: 'vhd',
  what: 'Compares the VHD codec with qemu-img and dd, side by side in one run.',
  parts: [conversions, coalescing, clones, memory, scan, start],
  numbers: { rounds: { what: 'how often what is compared is repeated', default: 5, least: 1 } },
  texts: {
    folder: { what: 'where files are put, on the disk to be measured', default: tmpdir() },
  },
  switches: {},
  measure: (part, { numbers, texts }) =>
    withFolder(texts.folder, (folder) => part.measure({ folder, rounds: numbers.rounds, tell })),
});
