import { setTimeout as pause } from 'node:timers/promises';
import { type Figure, figure } from '../../report/figure.js';
import type { ClusterPart } from '../cluster-part.js';
import { GadgetCloud } from '../ours/gadget-cloud.js';
import { ManyGadgets } from '../ours/many-gadgets.js';
import { resync } from '../ours/resync.js';

const SETTLED = 100_000;
/** How many of them are looked at in a round: every tenth. */
const STEP = 10;
const ROUNDS = 4;
/** Long enough for a scan of the rows; milliseconds. */
const REST = 8_000;
/** Goals of issue 4; `flat` is how much more than after the first round. */
const MOST_MB = 300;
const FLAT = 1.1;

/** What a kernel needs for resources that are as asked. */
export const memory: ClusterPart = {
  name: 'memory',
  what: `memory of a kernel among ${SETTLED} resources at rest, and after looking at many of them`,
  floors: 'none',
  async measure({ backing, tell }): Promise<readonly Figure[]> {
    const place = await backing.freshPlace();
    await using cloud = await GadgetCloud.start(place, 1, 'resource');
    await using gadgets = await ManyGadgets.open(place.database);
    const [model] = await cloud.settled(1);
    if (model === undefined) throw new Error('no gadget has settled');
    await gadgets.copy(model, 0, SETTLED);
    tell(`${SETTLED} gadgets are at rest`);
    await pause(REST);
    const kernelMb = async (): Promise<number> =>
      (await cloud.kernels[0]?.memoryMb()) ?? Number.NaN;
    const atRest = await kernelMb();
    const after: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      await resync(cloud, gadgets, { rows: SETTLED, step: STEP });
      after.push(await kernelMb());
      tell(`round ${round}: ${after.at(-1)?.toFixed(0)} MiB`);
    }
    const [first = Number.NaN] = after;
    const last = after.at(-1) ?? Number.NaN;
    return [
      figure(`kernel at ${SETTLED} settled, memory (PSS)`, atRest, 'MiB', { most: MOST_MB }),
      figure(`the same, most while looking at them`, Math.max(...after), 'MiB', { most: MOST_MB }),
      figure('the same, last round against the first', last / first, '×', { most: FLAT }),
    ];
  },
};
