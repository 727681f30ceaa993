import type { DriverCall } from '@gdcloud/core';
import type { CachedClass, CachedRecords } from '../client/cache/pool-cache.js';
import type { DriverContext } from './context.js';

/** The object's record as the cache has it for certain, else as `ask` gets it from the pool. */
export async function knownRecord<Class extends CachedClass>(
  { cache }: DriverContext,
  name: Class,
  ref: string,
  ask: () => Promise<CachedRecords[Class]>,
): Promise<CachedRecords[Class]> {
  const known = cache.get(name, ref);
  if (known !== undefined) return known;
  const asked = cache.moments.next();
  const record = await ask();
  cache.put(name, ref, record, asked);
  return record;
}

/**
 * The reference of the object with this uuid, from the cache or as `ask` gets it from the pool. That there is none is
 * only ever said by the pool.
 */
export async function knownRef(
  { cache }: DriverContext,
  name: CachedClass,
  uuid: string,
  ask: () => Promise<string>,
): Promise<string> {
  return cache.find(name, uuid)?.[0] ?? (await ask());
}

/** All objects of a class. */
export type Objects<Class extends CachedClass> = readonly (readonly [
  ref: string,
  record: CachedRecords[Class],
])[];

/**
 * All objects of a class as they are now: from the cache, once it has caught up with the pool, or as `ask` gets them from
 * the pool.
 */
export async function knownObjects<Class extends CachedClass>(
  { cache, feed }: DriverContext,
  name: Class,
  ask: () => Promise<Readonly<Record<string, CachedRecords[Class]>>>,
  call: DriverCall,
): Promise<Objects<Class>> {
  const caught = cache.inSync && (await feed.barrier(call.signal));
  return (caught ? cache.all(name) : undefined) ?? Object.entries(await ask());
}
