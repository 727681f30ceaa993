import type { Plugin } from '@gdcloud/core';
import type { DatabaseSettings, EngineSettings } from './engine-settings.js';

/** Where state, hints and locks are kept, as plug-ins. Only what is asked for is loaded. */
export async function enginePlugins(settings: EngineSettings): Promise<readonly Plugin[]> {
  const plugins: Plugin[] = [await database(settings.database)];
  const [first, ...others] = settings.redis;
  if (first !== undefined) {
    const { redis } = await import('@gdcloud/core/redis');
    plugins.push(redis({ url: [first, ...others] }));
  }
  if (settings.zookeeper !== undefined) {
    const { zookeeper } = await import('@gdcloud/core/zookeeper');
    plugins.push(zookeeper(settings.zookeeper));
  }
  return plugins;
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
