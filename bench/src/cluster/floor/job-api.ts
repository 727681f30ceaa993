import { told } from '../place.js';
import { ClusterRows } from './cluster-rows.js';
import { serveFront } from './front.js';
import { JobQueue } from './job-queue.js';

// The API process of the same work done as BullMQ jobs.
const { place, text } = told('rows');
const access = text('rows') === 'batched' ? 'batched' : 'single';
const rows = new ClusterRows(place.database, access);
const queue = new JobQueue(place.redis);
await rows.make();
await serveFront(rows, (first) => queue.add(first));
