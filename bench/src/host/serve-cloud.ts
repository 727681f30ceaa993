import type { RequestListener } from 'node:http';
import { type Cloud, type CloudOptions, createCloud } from '@gdcloud/core';
import { api, type TrafficLimits } from '@gdcloud/http';
import { serveMeasured } from '../process/measured.js';
import { statements } from './counting-sqlite.js';
import { KEY } from './key.js';

/** Counted as always, and never too much: what is measured is the server, not what one key may ask of it. */
export const TRAFFIC: Partial<TrafficLimits> = {
  rates: { readsPerSecond: 1e6, writesPerSecond: 1e6, burstSeconds: 5 },
  atOncePerKey: 10_000,
  atOnce: 10_000,
};

/** Starts a cloud in this process and serves its API, for measuring. */
export async function serveCloud(plugins: CloudOptions['plugins']): Promise<void> {
  const cloud = await startMeasured({ plugins });
  await serveMeasured(listenerOf(cloud), { name: 'gdcloud', statements });
}

/** Starts a cloud in this process with the key and the quiet logger that all measured ones have. */
export async function startMeasured(
  options: Pick<CloudOptions, 'plugins' | 'replaceable' | 'roles' | 'feed'>,
): Promise<Cloud> {
  const cloud = createCloud({
    pepper: new Uint8Array(16).fill(7),
    administratorKey: KEY,
    logger: quietLogger(),
    ...options,
  });
  await cloud.start();
  return cloud;
}

/** A cloud's API, as node:http takes it. */
export function listenerOf({ types, resources }: Cloud): RequestListener {
  const listener = api({ types, resources, traffic: TRAFFIC });
  return (request, response) => void listener(request, response);
}

function quietLogger(): NonNullable<CloudOptions['logger']> {
  const say = (data: object, message: string): void => {
    process.stderr.write(`gdcloud: ${message} ${JSON.stringify(data)}\n`);
  };
  return { debug: () => {}, info: () => {}, warn: say, error: say };
}
