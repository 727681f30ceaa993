import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from '../load/statistics.js';
import { ServerProcess } from '../process/server-process.js';
import { type Figure, figure } from '../report/figure.js';
import type { HttpPart, HttpRun } from './http-part.js';
import { type PreparedCloud, preparedCloud, recorded, serveOurs } from './prepared-cloud.js';
import { type Burst, burst, reads } from './throughput.js';

const SERVERS = 120;
const ONE = '/v1/virtualmachines/42';
const LIST = '/v1/virtualmachines?limit=100';
const CLIENTS = 32;

/** One resource, and a list of 100, beside bare node:http and Fastify. */
export const reading: HttpPart = {
  name: 'reading',
  what: 'one resource and a list of 100, beside node:http with the same bytes and a Fastify route over the same store',
  async measure(run) {
    const cloud = await preparedCloud(run.folder, SERVERS);
    const { answers, sample } = await record(cloud, run.folder);
    const starts: Readonly<Record<string, () => Promise<ServerProcess>>> = {
      bare: () => ServerProcess.start('http/bare-server.js', ['--answers', answers]),
      fastify: () =>
        ServerProcess.start('http/fastify-server.js', ['--file', cloud.file, '--sample', sample]),
      ours: () => serveOurs(cloud),
    };
    const one = await rounds(run, cloud, starts, ONE, 30_000);
    const list = await rounds(
      run,
      cloud,
      { bare: starts['bare'], ours: starts['ours'] },
      LIST,
      3_000,
    );
    return [...figuresOf('one resource', one), ...figuresOf('a list of 100', list)];
  },
};

async function record(
  cloud: PreparedCloud,
  folder: string,
): Promise<{ readonly answers: string; readonly sample: string }> {
  const ours = await serveOurs(cloud);
  try {
    const one = await recorded(ours, ONE, cloud.headers);
    const list = await recorded(ours, LIST, cloud.headers);
    const answers = join(folder, 'answers.json');
    await writeFile(answers, JSON.stringify({ [ONE]: one, [LIST]: list }));
    return { answers, sample: one.body };
  } finally {
    await ours[Symbol.asyncDispose]();
  }
}

type Bursts = Readonly<Record<string, readonly Burst[]>>;

// One system at a time, in turn: whatever else the machine does meets all of them.
async function rounds(
  { rounds: count, tell }: HttpRun,
  { headers }: PreparedCloud,
  starts: Readonly<Record<string, (() => Promise<ServerProcess>) | undefined>>,
  path: string,
  requests: number,
): Promise<Bursts> {
  const found: Record<string, Burst[]> = {};
  for (let round = 0; round < count; round += 1) {
    for (const [name, start] of Object.entries(starts)) {
      const server = await start?.();
      if (server === undefined) continue;
      try {
        const options = { clients: CLIENTS, headers, send: reads(path) };
        // Node compiles for tens of thousands of requests, more where there is more code: that is the start's.
        await burst(server, { ...options, requests });
        const measured = await burst(server, { ...options, requests });
        tell(`${path} ${name}: ${Math.round(measured.perSecond)}/s`);
        found[name] = [...(found[name] ?? []), measured];
      } finally {
        await server[Symbol.asyncDispose]();
      }
    }
  }
  return found;
}

function figuresOf(
  what: string,
  { bare = [], fastify = [], ours = [] }: Bursts,
): readonly Figure[] {
  const all = [
    ['node:http, same bytes', bare],
    ['Fastify', fastify],
    ['ours', ours],
  ] as const;
  const each = all
    .filter(([, bursts]) => bursts.length > 0)
    .flatMap(([name, bursts]) => [
      figure(`${what}: ${name}`, perSecond(bursts), '/s'),
      figure(`${what}: ${name}, CPU`, cpu(bursts), 'µs'),
    ]);
  const compared = [
    figure(`${what}: ours to node:http`, perSecond(ours) / perSecond(bare), '×', { least: 0.5 }),
    figure(`${what}: CPU of node:http to ours`, cpu(bare) / cpu(ours), '×'),
  ];
  return fastify.length === 0
    ? [...each, ...compared]
    : [
        ...each,
        ...compared,
        figure(`${what}: ours to Fastify`, perSecond(ours) / perSecond(fastify), '×', { least: 1 }),
        figure(`${what}: CPU of Fastify to ours`, cpu(fastify) / cpu(ours), '×'),
      ];
}

function perSecond(bursts: readonly Burst[]): number {
  return median(bursts.map((burst) => burst.perSecond));
}

function cpu(bursts: readonly Burst[]): number {
  return median(bursts.map((burst) => burst.cpuMicroseconds));
}
