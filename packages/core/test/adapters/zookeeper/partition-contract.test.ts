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
      // It shares the partitions with all that are there, so the one before must have ended.
      for (const { locks } of opened.splice(0)) await locks.close();
      const process = processOf({ connect: server.url, strategy: 'partition' }, counter);
      opened.push(process);
      return process.locks;
    },
  });
}
