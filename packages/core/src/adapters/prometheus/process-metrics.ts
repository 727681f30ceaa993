import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '../../ports/meter.js';

const QUANTILES = [50, 99] as const;
/** How finely the delay is measured; milliseconds. */
const RESOLUTION = 10;

/** Adds what tells of the process itself: what it runs, how late its event loop is, how much memory it takes. */
export function processMetrics(meter: Meter, version: string): void {
  meter.gauge(
    {
      name: 'gdcloud_build_info',
      help: 'Always 1; the labels say what runs.',
      labels: ['version', 'node'],
    },
    () => [{ labels: { version, node: process.version }, value: 1 }],
  );
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  meter.gauge(
    {
      name: 'gdcloud_event_loop_lag_seconds',
      help: 'How late the event loop was since the last reading.',
      labels: ['quantile'],
    },
    () => {
      const readings = QUANTILES.map((quantile) => ({
        labels: { quantile: String(quantile / 100) },
        value: Math.max(0, delay.percentile(quantile) / 1e9 - RESOLUTION / 1_000),
      }));
      delay.reset();
      return readings;
    },
  );
  meter.gauge(
    { name: 'gdcloud_memory_bytes', help: 'Resident memory of the process.', labels: [] },
    () => [{ labels: {}, value: process.memoryUsage.rss() }],
  );
}
