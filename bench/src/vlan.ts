import { findPrograms, PROGRAMS, startSandbox } from '@gdcloud/driver-vlan/agent';
import { tell } from './report/parts.js';
import { runSuite } from './report/suite.js';
import { addressPools } from './vlan/address-pools.js';
import { forwarding } from './vlan/forwarding.js';
import { manyNetworks } from './vlan/many-networks.js';
import { oneChange } from './vlan/one-change.js';
import { done, signal } from './vlan/programs.js';

await runSuite({
  name: 'vlan',
  what: 'Compares the network driver with bare nft and ip, side by side in one run, and addresses of full pools with those of empty ones.',
  parts: [oneChange, manyNetworks, forwarding, addressPools],
  numbers: { rounds: { what: 'how often what is compared is repeated', default: 5, least: 1 } },
  texts: {},
  switches: {},
  async measure(part, { numbers }) {
    const as = process.getuid?.() === 0 ? 'root' : 'user';
    const sandbox = await startSandbox({ paths: await findPrograms(PROGRAMS), as }, signal);
    try {
      const input = 'link add name outside type bridge\nlink set dev outside up\n';
      await done(sandbox, { program: 'ip', arguments: ['-batch', '-'], input });
      return await part.measure({ sandbox, rounds: numbers.rounds, tell });
    } finally {
      sandbox.close();
    }
  },
});
