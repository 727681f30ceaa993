import { median, percentile } from '../load/statistics.js';
import { withFolder } from '../measure.js';
import { figure } from '../report/figure.js';
import type { HttpPart } from './http-part.js';
import { preparedCloud, serveOurs } from './prepared-cloud.js';
import { burst, reads } from './throughput.js';

const CLIENTS = 200;
const REQUESTS = 20_000;

/** How evenly many clients are served. */
export const crowd: HttpPart = {
  name: 'crowd',
  what: `${CLIENTS} clients that read at once: the slowest beside the middle`,
  measure: ({ folder: parent, rounds, tell }) =>
    withFolder(parent, async (folder) => {
      const cloud = await preparedCloud(folder, 50);
      const middles: number[] = [];
      const slowest: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const ours = await serveOurs(cloud);
        try {
          const options = {
            clients: CLIENTS,
            headers: cloud.headers,
            send: reads('/v1/virtualmachines/42'),
          };
          await burst(ours, { ...options, requests: REQUESTS / 2 });
          const { latencies } = await burst(ours, { ...options, requests: REQUESTS });
          middles.push(percentile(latencies, 0.5));
          slowest.push(percentile(latencies, 0.99));
        } finally {
          await ours[Symbol.asyncDispose]();
        }
        tell(`p50 ${middles.at(-1)?.toFixed(1)} ms, p99 ${slowest.at(-1)?.toFixed(1)} ms`);
      }
      return [
        figure(`${CLIENTS} clients: p50`, median(middles), 'ms'),
        figure(`${CLIENTS} clients: p99`, median(slowest), 'ms'),
        figure(`${CLIENTS} clients: p99 to p50`, median(slowest) / median(middles), '×', {
          most: 5,
        }),
      ];
    }),
};
