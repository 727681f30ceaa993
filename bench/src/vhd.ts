import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { withFolder } from './measure.js';
import type { Figure } from './report/figure.js';
import { chosen, partsInWords, publish, tell } from './report/parts.js';
import { clones } from './vhd/clones.js';
import { coalescing } from './vhd/coalescing.js';
import { conversions } from './vhd/conversions.js';
import { memory } from './vhd/memory.js';
import { scan } from './vhd/scan.js';
import { start } from './vhd/start.js';
import type { VhdPart } from './vhd/vhd-part.js';

/** In the order in which they are run and printed. */
const PARTS: readonly VhdPart[] = [conversions, coalescing, clones, memory, scan, start];

const HELP = `Usage: npm run bench:vhd -- [options]

Compares the VHD codec with qemu-img and dd, side by side in one run. Parts:

${partsInWords(PARTS)}
  --only NAME   run this part only; may be repeated
  --rounds N    how often what is compared is repeated (default: 5)
  --folder DIR  where files are put, on the disk to be measured (default: the system's folder for such things)
  --json        print one JSON object as the last thing
  --save        write bench/results/<date>-vhd.json
  --help        show this
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
} else {
  const { folder } = values;
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new TypeError(`--rounds must be a whole number of 1 or more, not ${values.rounds}`);
  }
  const figures: Figure[] = [];
  for (const part of chosen(PARTS, values.only)) {
    tell(`${part.name}: ${part.what}`);
    figures.push(
      ...(await withFolder(folder, (place) => part.measure({ folder: place, rounds, tell }))),
    );
  }
  await publish('vhd', figures, values);
}
