import type { CloudOptions, CloudRole, Plugin } from '@gdcloud/core';
import { postgres } from '@gdcloud/core/postgres';
import { redis } from '@gdcloud/core/redis';
import { zookeeper } from '@gdcloud/core/zookeeper';
import { SESSION_MS } from '../backing.js';
import type { Place } from '../place.js';
import type { Strategy } from './strategy.js';

/** gdcloud's adapters, as a measured process uses them. */
export function adapters(place: Place, strategy: Strategy): readonly Plugin[] {
  return [
    postgres({ url: place.database }),
    redis({ url: place.redis }),
    zookeeper({ connect: place.zookeeper, strategy, sessionTimeoutMs: SESSION_MS }),
  ];
}

/** What `createCloud` is told of a process's role. */
export function roleOptions(role: CloudRole): Pick<CloudOptions, 'roles'> {
  return { roles: [role] };
}
