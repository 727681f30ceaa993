import { parentPort } from 'node:worker_threads';
import { type SoakRange, soakBatch } from './soak-batch.js';

// A thread that runs the seeds it is told of and answers with a report, range after range.
parentPort?.on('message', (range: SoakRange) => {
  void soakBatch(range).then((report) => parentPort?.postMessage(report));
});
