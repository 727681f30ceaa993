import { simulate } from '@gdcloud/core/testing';
import t from 'tap';
import { network, pause, remove, server } from '../../../dist/testing/cloud-simulation/scenario.js';
import { OneFault } from '../../../dist/testing/simulator/fault.js';
import { alone } from './alone.js';

/** A server and its network are asked for at once, and are not wanted any more a while later. */
const SOON_OVER = alone('soon over', [
  network('net'),
  server('vm', 'net'),
  pause(3_000),
  remove('vm'),
  remove('net'),
]);

t.test(
  'an appliance that is made late, when its network is gone, brings nothing back',
  async (t) => {
    for (const seed of [6, 7, 10, 11]) {
      const faults = new OneFault('appliances.make', 1, 'zombie');
      const report = await simulate({
        seed,
        scenario: SOON_OVER,
        kernels: 2,
        faults,
        troubles: [],
        hooks: 'none',
        rest: 'watched',
      });
      t.ok(faults.struck, `seed ${seed}`);
      t.equal(report.violation, undefined);
    }
  },
);
