import { missingService, startZookeeper } from '@gdcloud/services';
import t from 'tap';
import { lockServiceContract } from '../locks/lock-service-contract.js';
import { Counter, type Process, processOf } from './support.js';

const missing = missingService('zookeeper');
if (missing !== undefined) t.plan(0, missing);
else {
  const server = await startZookeeper();
  const counter = new Counter();
  const opened: Process[] = [];
  t.teardown(async () => {
    for (const { locks } of opened) await locks.close();
    await server.close();
  });
  lockServiceContract(t, {
    next: async () => {
      const process = processOf({ connect: `${server.url}/clouds/one` }, counter);
      opened.push(process);
      return process.locks;
    },
  });
}
