import { type CloudOptions, createCloud } from '@gdcloud/core';
import { api } from '@gdcloud/http';
import { serveMeasured } from '../process/measured.js';
import { statements } from './counting-sqlite.js';
import { KEY } from './key.js';

/** Starts a cloud in this process and serves its API, for measuring. */
export async function serveCloud(plugins: CloudOptions['plugins']): Promise<void> {
  const cloud = createCloud({
    plugins,
    pepper: new Uint8Array(16).fill(7),
    administratorKey: KEY,
    logger: quietLogger(),
  });
  await cloud.start();
  const listener = api({ types: cloud.types, resources: cloud.resources });
  await serveMeasured((request, response) => void listener(request, response), {
    name: 'gdcloud',
    statements,
  });
}

function quietLogger(): NonNullable<CloudOptions['logger']> {
  const say = (data: object, message: string): void => {
    process.stderr.write(`gdcloud: ${message} ${JSON.stringify(data)}\n`);
  };
  return { debug: () => {}, info: () => {}, warn: say, error: say };
}
