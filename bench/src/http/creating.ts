import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from '../load/statistics.js';
import { withFolder } from '../measure.js';
import { figure } from '../report/figure.js';
import type { HttpPart } from './http-part.js';
import { preparedCloud, serveOurs } from './prepared-cloud.js';
import { rawCommits } from './raw-commits.js';
import { type BurstOptions, burst } from './throughput.js';

const CREATED = 6_000;
/** Of a server that has just been started. */
const FIRST = 1_000;
const CLIENTS = 64;

/** Requests for new resources, beside the bare commits of their rows. */
export const creating: HttpPart = {
  name: 'creating',
  what: 'POST /v1/virtualmachines beside bare commits of the same rows, synchronous=FULL',
  measure: ({ folder: parent, rounds, tell }) =>
    withFolder(parent, async (folder) => {
      const cloud = await preparedCloud(folder, 3);
      const raw: number[] = [];
      const alone: number[] = [];
      const together: number[] = [];
      const first: number[] = [];
      let created = 10;
      const send: BurstOptions['send'] = async (connection) => {
        created += 1;
        const { status, body } = await connection.post('/v1/virtualmachines', cloud.form(created));
        if (status !== 201) throw new Error(`a request for a server: ${status} ${body}`);
      };
      for (let round = 0; round < rounds; round += 1) {
        const copy = join(folder, `raw-${round}.db`);
        // What has not been written into the database itself yet is beside it.
        for (const part of ['', '-wal']) await copyFile(cloud.file + part, copy + part);
        raw.push(rawCommits(copy, CREATED));
        const ours = await serveOurs(cloud);
        try {
          const options = { headers: cloud.headers, send };
          const many = { ...options, clients: CLIENTS };
          // What Node still compiles then is the start's, of which bare commits have none.
          first.push((await burst(ours, { ...many, requests: FIRST })).perSecond);
          await burst(ours, { ...many, requests: CREATED - FIRST });
          together.push((await burst(ours, { ...many, requests: CREATED })).perSecond);
          alone.push((await burst(ours, { ...options, clients: 1, requests: FIRST })).perSecond);
        } finally {
          await ours[Symbol.asyncDispose]();
        }
        tell(
          `raw ${raw.at(-1)?.toFixed(0)}/s, ours ${together.at(-1)?.toFixed(0)}/s, one at a time ${alone.at(-1)?.toFixed(0)}/s`,
        );
      }
      return [
        figure('creating: bare commits of the same rows', median(raw), '/s'),
        figure(`creating: ours, ${CLIENTS} clients`, median(together), '/s'),
        figure(`creating: ours, the first ${FIRST} after a start`, median(first), '/s'),
        figure('creating: ours, one at a time', median(alone), '/s'),
        figure(
          `creating: ours, ${CLIENTS} clients, to bare commits`,
          median(together) / median(raw),
          '×',
          { least: 0.8 },
        ),
        figure('creating: ours, one at a time, to bare commits', median(alone) / median(raw), '×'),
      ];
    }),
};
