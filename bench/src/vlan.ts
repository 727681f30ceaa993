import { tell } from './report/parts.js';
import { runSuite } from './report/suite.js';
import { addressPools } from './vlan/address-pools.js';
import { forwarding } from './vlan/forwarding.js';
import { manyNetworks } from './vlan/many-networks.js';
import { oneChange } from './vlan/one-change.js';
import { ownMachine, ranInside } from './vlan/own-namespaces.js';

if (!(await ranInside())) {
  const sandbox = await ownMachine();
  await runSuite({
    name: 'vlan',
    what: 'Compares the network driver with bare nft and ip, side by side in one run, and addresses of full pools with those of empty ones.',
    parts: [oneChange, manyNetworks, forwarding, addressPools],
    numbers: { rounds: { what: 'how often what is compared is repeated', default: 5, least: 1 } },
    texts: {},
    switches: {},
    measure: (part, { numbers }) => part.measure({ sandbox, rounds: numbers.rounds, tell }),
  });
}
