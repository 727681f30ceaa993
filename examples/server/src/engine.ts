import type { Plugin } from '@gdcloud/core';
import type { RedisOptions } from '@gdcloud/core/redis';
import type { DatabaseSettings, EngineSettings } from './engine-settings.js';
import { InvalidSetting } from './invalid-setting.js';

/** Where state, hints and locks are kept, as plug-ins. Only what is asked for is loaded. */
export async function enginePlugins(settings: EngineSettings): Promise<readonly Plugin[]> {
  const plugins: Plugin[] = [await database(settings.database)];
  if (settings.redis.length > 0) plugins.push(await messages(settings));
  if (settings.zookeeper !== undefined) {
    const { zookeeper } = await import('@gdcloud/core/zookeeper');
    plugins.push(zookeeper(settings.zookeeper));
  }
  return plugins;
}

/** What processes tell each other goes through Redis. */
export async function messages(settings: EngineSettings): Promise<Plugin> {
  return (await import('@gdcloud/core/redis')).redis(redisOptions(settings));
}

/** Which Redis. Throws InvalidSetting where none is named. */
export function redisOptions({ redis: [first, ...others] }: EngineSettings): RedisOptions {
  if (first === undefined) throw new InvalidSetting('REDIS_URL', 'is needed');
  return { url: [first, ...others] };
}

async function database(settings: DatabaseSettings): Promise<Plugin> {
  switch (settings.kind) {
    case 'sqlite':
      return (await import('@gdcloud/core/sqlite')).sqlite({ file: settings.file });
    case 'postgres':
      return (await import('@gdcloud/core/postgres')).postgres({ url: settings.url });
    case 'mysql':
      return (await import('@gdcloud/core/mysql')).mysql({ url: settings.url });
  }
}
