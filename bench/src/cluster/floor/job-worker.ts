import { Worker } from 'bullmq';
import { answerParent } from '../../process/measured.js';
import { told } from '../place.js';
import { ClusterRows } from './cluster-rows.js';
import { connectionTo, JOBS, JobQueue } from './job-queue.js';
import { type Step, takeStep } from './step.js';

/** As many as gdcloud works on at a time. */
const CONCURRENCY = 64;

// A worker of the same work done as BullMQ jobs: each adds the next one.
const { place, text } = told('rows');
const access = text('rows') === 'batched' ? 'batched' : 'single';
const rows = new ClusterRows(place.database, access);
const queue = new JobQueue(place.redis);
const worker = new Worker<Step>(
  JOBS,
  async ({ data }) => {
    const next = await takeStep(rows, data, 0n);
    if (next !== 'done') await queue.add(next);
  },
  { connection: connectionTo(place.redis), concurrency: CONCURRENCY },
);
worker.on('failed', (_job, error) => {
  throw error;
});
await worker.waitUntilReady();
answerParent(0, { name: 'job worker' });
