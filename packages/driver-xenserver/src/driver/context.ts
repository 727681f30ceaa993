import type { Clock } from '@gdcloud/core';
import type { EventFeed } from '../client/cache/event-feed.js';
import type { PoolCache } from '../client/cache/pool-cache.js';
import type { Tasks } from '../client/tasks.js';
import type { Xapi } from '../client/xapi.js';
import type { Settings } from '../options.js';
import type { Absences } from './absences.js';
import type { Sightings } from './sightings.js';
import type { UnfinishedTasks } from './unfinished-tasks.js';

/** What the drivers of one pool share. */
export interface DriverContext {
  readonly xapi: Xapi;
  readonly tasks: Tasks;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly unfinished: UnfinishedTasks;
  readonly cache: PoolCache;
  readonly feed: EventFeed;
  readonly sightings: Sightings;
  readonly absences: Absences;
}
