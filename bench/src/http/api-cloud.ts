import type { Cloud, CloudOptions, Store } from '@gdcloud/core';
import { STORE } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { startMeasured } from '../host/serve-cloud.js';

/** A cloud that only answers requests, and the store under it. */
export interface ApiCloud {
  readonly cloud: Cloud;
  readonly store: Store;
}

/** Opens a database as a process does that answers requests and leaves the work to others. */
export async function apiCloud(file: string, feed?: CloudOptions['feed']): Promise<ApiCloud> {
  let store: Store | undefined;
  const cloud = await startMeasured({
    plugins: [
      sqlite({ file, synchronous: 'full' }),
      memoryDrivers().plugin,
      (container) => {
        store = container.resolve(STORE);
      },
    ],
    roles: ['api'],
    feed,
  });
  if (store === undefined) throw new TypeError('the plug-in was not asked');
  return { cloud, store };
}
