import { readFile } from 'node:fs/promises';
import { ensureError, type Plugin } from '@gdcloud/core';
import type { RedisOptions } from '@gdcloud/core/redis';
import type { DatabaseSettings, EngineSettings } from './engine-settings.js';
import { InvalidSetting } from './invalid-setting.js';

/** Where state, hints and locks are kept, as plug-ins. Only what is asked for is loaded. */
export async function enginePlugins(settings: EngineSettings): Promise<readonly Plugin[]> {
  const plugins: Plugin[] = [await database(settings.database)];
  if (settings.redis.urls.length > 0) plugins.push(await messages(settings));
  if (settings.zookeeper !== undefined) {
    const { zookeeper } = await import('@gdcloud/core/zookeeper');
    const { auth, ...rest } = settings.zookeeper;
    plugins.push(
      zookeeper({ ...rest, auth: auth === undefined ? undefined : { scheme: 'digest', ...auth } }),
    );
  }
  return plugins;
}

/** What processes tell each other goes through Redis. */
export async function messages(settings: EngineSettings): Promise<Plugin> {
  return (await import('@gdcloud/core/redis')).redis(await redisOptions(settings));
}

/** Which Redis. Rejects with InvalidSetting where none is named, and where a file can't be read. */
export async function redisOptions({ redis }: EngineSettings): Promise<RedisOptions> {
  const [first, ...others] = redis.urls;
  if (first === undefined) throw new InvalidSetting('REDIS_URL', 'is needed');
  const ca = await fileOf('REDIS_CA', redis.caFile);
  return {
    url: [first, ...others],
    sentinelPassword: redis.sentinelPassword,
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
}

async function database(settings: DatabaseSettings): Promise<Plugin> {
  if (settings.kind === 'sqlite')
    return (await import('@gdcloud/core/sqlite')).sqlite({ file: settings.file });
  const { kind, url, poolSize, caFile } = settings;
  const ca = await fileOf('DATABASE_CA', caFile);
  const options = { url, poolSize, ...(ca === undefined ? {} : { tls: { ca } }) };
  return kind === 'postgres'
    ? (await import('@gdcloud/core/postgres')).postgres(options)
    : (await import('@gdcloud/core/mysql')).mysql(options);
}

async function fileOf(name: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new InvalidSetting(name, `can't be read: ${ensureError(thrown).message}`);
  }
}
