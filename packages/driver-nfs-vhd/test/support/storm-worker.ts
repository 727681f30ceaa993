import { createNfsVhdDriver } from '@gdcloud/driver-nfs-vhd';
import { converge, dissolve, fenced } from './converge.js';
import { keyOf } from './fixtures.js';
import { isRemoval, type StormDeed, wishOf } from './storm-deeds.js';

// Does deeds on a share until it is killed, and says before and after each which one it is at.
const [folder = '', fence = '', ...deeds] = process.argv.slice(2);
const { volumes, snapshots } = createNfsVhdDriver({ folder });
for (const [index, text] of deeds.entries()) {
  const deed: StormDeed = JSON.parse(text);
  process.stdout.write(`begun ${index}\n`);
  const key = keyOf(deed.n);
  if (!isRemoval(deed)) await converge(volumes, key, wishOf(deed), fenced(fence));
  else if (deed.what === 'remove volume') await dissolve(volumes, key, fenced(fence));
  else if (snapshots !== undefined) await dissolve(snapshots, key, fenced(fence));
  process.stdout.write(`done ${index}\n`);
}
