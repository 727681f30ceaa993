import t from 'tap';
import { MemoryLockService } from '../../../dist/adapters/locks/memory-lock-service.js';
import { lockServiceContract } from './lock-service-contract.js';

let runs = 0;

lockServiceContract(t, {
  next: () => {
    runs += 1;
    const run = runs;
    return Promise.resolve(new MemoryLockService(() => Promise.resolve(run)));
  },
});
