import type { CloudOptions, Plugin } from '@gdcloud/core';
import type { Place } from '../place.js';
import type { Strategy } from './strategy.js';

interface Postgres {
  postgres(options: { readonly url: string }): Plugin;
}

interface Redis {
  redis(options: { readonly url: string }): Plugin;
}

interface Zookeeper {
  zookeeper(options: { readonly connect: string; readonly strategy: Strategy }): Plugin;
}

/**
 * gdcloud's adapters, as a measured process uses them. The lead makes these imports plain ones once all three are there:
 * until then this file compiles without them, and asking for gdcloud fails when it runs.
 */
export async function adapters(place: Place, strategy: Strategy): Promise<readonly Plugin[]> {
  const [{ postgres }, { redis }, { zookeeper }]: [Postgres, Redis, Zookeeper] = await Promise.all([
    load('@gdcloud/core/postgres'),
    load('@gdcloud/core/redis'),
    load('@gdcloud/core/zookeeper'),
  ]);
  return [
    postgres({ url: place.database }),
    redis({ url: place.redis }),
    zookeeper({ connect: place.zookeeper, strategy }),
  ];
}

/** What a process is for: it serves the API, or works on resources. */
export type Role = 'api' | 'kernel';

/** What `createCloud` is told of a process's role. Nothing as yet: until roles are there, each process has all of them. */
export function roleOptions(_role: Role): Partial<CloudOptions> {
  return {};
}

// A name that the compiler does not know makes no demand on what is installed.
function load(name: string): Promise<Postgres & Redis & Zookeeper> {
  return import(name);
}
