import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { added, NO_RUNS, type SoakReport } from './soak-batch.js';

/** Which seeds to run, and how. */
export interface SoakOptions {
  readonly from: number;
  readonly count: number;
  /** Default: as many as there are cores. */
  readonly workers?: number | undefined;
  /** Every so many seeds one is run twice, to see that it does the same. Default 100. */
  readonly repeatEvery?: number | undefined;
  /** Told of everything so far, after every batch. */
  readonly onProgress?: ((soFar: SoakReport) => void) | undefined;
}

/** Seeds a worker takes at a time. */
const BATCH = 100;

/** Runs many seeds on all cores. Resolves with what they came to; rejects only when a worker itself breaks. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { from, count, repeatEvery = 100, onProgress } = options;
  let total = NO_RUNS;
  let next = from;
  const end = from + count;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./soak-worker.js', import.meta.url));
      const goOn = (): void => {
        if (next >= end) {
          void worker.terminate().then(() => resolve());
          return;
        }
        const size = Math.min(BATCH, end - next);
        worker.postMessage({ from: next, count: size, repeatEvery });
        next += size;
      };
      worker.on('message', (report: SoakReport) => {
        total = added(total, report);
        onProgress?.(total);
        goOn();
      });
      worker.on('error', reject);
      goOn();
    });
  const workers = Math.min(options.workers ?? availableParallelism(), Math.ceil(count / BATCH));
  await Promise.all(Array.from({ length: workers }, one));
  return total;
}
