import { withFolder } from '../measure.js';
import { figure } from '../report/figure.js';
import type { HttpPart } from './http-part.js';
import { preparedCloud, serveOurs } from './prepared-cloud.js';
import { type BurstOptions, burst } from './throughput.js';

const CLIENTS = 32;
const STEPS = 10;
/** A tenth of the requests change something: what a long-lived API does. */
const WRITES = 10;

/** Whether memory grows with the number of requests. */
export const endurance: HttpPart = {
  name: 'endurance',
  what: 'memory after many requests of all kinds, beside memory after the first tenth of them',
  measure: ({ folder: parent, requests, tell }) =>
    withFolder(parent, async (folder) => {
      const cloud = await preparedCloud(folder, 50);
      const ours = await serveOurs(cloud);
      try {
        const send: BurstOptions['send'] = async (connection, index) => {
          const id = 1 + (index % 50);
          const path = `/v1/virtualmachines/${id}`;
          const { status, body } =
            index % WRITES === 0
              ? await connection.put(path, `description=${index}`)
              : await connection.get(index % 7 === 0 ? '/v1/virtualmachines?limit=5' : path);
          // Two that change the same one at the same moment are told so.
          if (status !== 200 && status !== 409) throw new Error(`${path}: ${status} ${body}`);
        };
        const memory: number[] = [];
        for (let step = 0; step < STEPS; step += 1) {
          const options = { clients: CLIENTS, headers: cloud.headers, send };
          const { perSecond } = await burst(ours, { ...options, requests: requests / STEPS });
          memory.push(await ours.memoryMb());
          tell(
            `${((step + 1) * requests) / STEPS} requests, ${perSecond.toFixed(0)}/s, ${memory.at(-1)?.toFixed(0)} MiB`,
          );
        }
        const [first = 0] = memory;
        const last = memory.at(-1) ?? 0;
        return [
          figure(`memory after ${requests / STEPS} requests`, first, 'MiB'),
          figure(`memory after ${requests} requests`, last, 'MiB'),
          figure('memory after all to memory after a tenth', last / first, '×', { most: 1.2 }),
        ];
      } finally {
        await ours[Symbol.asyncDispose]();
      }
    }),
};
