import { parseArgs } from 'node:util';
import { sqlite } from '@gdcloud/core/sqlite';
import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
import { vlan } from '@gdcloud/driver-vlan';
import { xenserver } from '@gdcloud/driver-xenserver';
import { serveCloud } from './serve-cloud.js';

// A cloud with all three drivers, on a simulated pool in another process.
const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    xapi: { type: 'string' },
    share: { type: 'string' },
    plans: { type: 'string' },
  },
});
const { file, xapi, share, plans } = values;
if (file === undefined || xapi === undefined || share === undefined || plans === undefined) {
  throw new TypeError('--file, --xapi, --share and --plans are needed');
}
await serveCloud([
  sqlite({ file }),
  xenserver({ url: xapi, username: 'root', password: 'secret' }),
  nfsVhd({ folder: share }),
  vlan({ folder: plans }),
]);
