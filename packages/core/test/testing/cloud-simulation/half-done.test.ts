import { simulate } from '@gdcloud/core/testing';
import t from 'tap';
import {
  network,
  pause,
  resize,
  restart,
  type Scenario,
  server,
  wait,
} from '../../../dist/testing/cloud-simulation/scenario.js';
import { OneFault } from '../../../dist/testing/simulator/fault.js';
import { alone } from './alone.js';

/** A server is resized a moment after somebody asked for its restart. */
function resizedAfter(ms: number): Scenario {
  return alone('resized while it restarts', [
    network('net'),
    server('vm', 'net'),
    wait('vm'),
    restart('vm'),
    pause(ms),
    resize('vm', '1gb-2cpu'),
    wait('vm'),
  ]);
}

t.test('a restart that broke off halfway happens once, whatever is asked for next', async (t) => {
  for (const fault of ['partial', 'crash-before'] as const) {
    for (const ms of [21, 24, 27, 30, 33, 36, 39]) {
      const faults = new OneFault('servers.note', 1, fault);
      const report = await simulate({
        seed: 1,
        scenario: resizedAfter(ms),
        kernels: 2,
        faults,
        troubles: [],
        hooks: 'none',
        rest: 'not watched',
      });
      t.ok(faults.struck, `${fault}, resized after ${ms} ms`);
      t.equal(report.violation, undefined);
    }
  }
});
