import type { Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Store } from '../ports/store.js';

/** The resource of `type` that a field of a request names, whoever's; undefined where there is none, or no name. */
export async function liveRow<R extends ResourceType>(
  store: Pick<Store, 'find'>,
  type: R,
  id: unknown,
): Promise<Resource<R> | undefined> {
  const found = typeof id === 'string' ? await store.find({ kind: 'all' }, type, id) : undefined;
  return found?.removed === null ? (found as Resource<R>) : undefined;
}
