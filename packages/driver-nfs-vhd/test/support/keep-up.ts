import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { clockAhead, keepUpUntilQuiet } from './keep-up-rounds.js';

// A process of its own, to be killed: `node keep-up.js <folder> <recorded uuids> <milliseconds that time is ahead>`. Says when it
// begins, for a busy machine takes longer to start it than it works.
const [, , folder = '', recorded = '', ahead = '0'] = process.argv;
let offset = Number(ahead);
const clock = clockAhead(() => offset);
const driver = createNfsVhdDriver({ folder, upkeep: { bytesPerSecond: 2 ** 25 } }, { clock });
process.stdout.write('begun\n');
await keepUpUntilQuiet(driver, { folder, recorded: recorded.split(',') }, () => {
  offset += 25 * 60 * 60_000;
});
