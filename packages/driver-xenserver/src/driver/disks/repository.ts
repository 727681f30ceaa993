import { type DriverCall, DriverFailure, parseUuid } from '@gdcloud/core';
import { isXapiError } from '../../client/xapi-error.js';
import { isNullRef } from '../../datamodel/ref.js';
import type { RepositorySettings } from '../../options.js';
import { allEnded } from '../all-ended.js';
import type { DriverContext } from '../context.js';

const UNKNOWN = 'RepositoryUnknown';

/** What is set of the repository of a share. Without `share`: of the only one. Throws DriverFailure `RepositoryUnknown`. */
export function repositoryOf(
  { settings }: Pick<DriverContext, 'settings'>,
  share: string | undefined,
): RepositorySettings {
  const found = settings.repositories.find(({ of }) => of === share);
  if (found !== undefined) return found;
  throw share === undefined
    ? noRepository('nobody has said on which share the disk is', 'several')
    : noRepository(`nobody has said which one shows the share ${share}`, 'several');
}

/** Finds the storage repository that shows a share of the storage driver. */
export async function findRepository(
  context: DriverContext,
  call: DriverCall,
  share?: string,
): Promise<string> {
  const { xapi } = context;
  const { of, storageRepository: wanted } = repositoryOf(context, share);
  const among = of === undefined ? 'one' : 'several';
  if (wanted === undefined) {
    const [pool] = Object.values(await xapi.read('pool.get_all_records', [], call));
    if (pool === undefined || isNullRef(pool.default_SR))
      throw noRepository('the pool has no default one', among);
    return pool.default_SR;
  }
  if (parseUuid(wanted) !== undefined) {
    try {
      return await xapi.read('SR.get_by_uuid', [wanted], call);
    } catch (error) {
      if (!isXapiError(error, 'UUID_INVALID')) throw error;
      throw noRepository(`there is none with uuid ${wanted}`, among);
    }
  }
  const [repository, other] = await xapi.read('SR.get_by_name_label', [wanted], call);
  if (repository === undefined) throw noRepository(`there is none named ${wanted}`, among);
  if (other !== undefined) throw noRepository(`several are named ${wanted}`, among);
  return repository;
}

/** The storage repositories of all shares. Throws where one of them can't be found. */
export function findRepositories(
  context: DriverContext,
  call: DriverCall,
): Promise<readonly string[]> {
  return allEnded(context.settings.repositories.map(({ of }) => findRepository(context, call, of)));
}

/** Those storage repositories of all shares that can be found. */
export async function knownRepositories(
  context: DriverContext,
  call: DriverCall,
): Promise<readonly string[]> {
  const found = await allEnded(
    context.settings.repositories.map(({ of }) =>
      findRepository(context, call, of).catch((thrown: unknown) => {
        if (thrown instanceof DriverFailure && thrown.code === UNKNOWN) return undefined;
        throw thrown;
      }),
    ),
  );
  return found.filter((repository) => repository !== undefined);
}

// Of one among several it is not `unavailable`: the disks on the others need not wait.
function noRepository(reason: string, among: 'one' | 'several' = 'one'): DriverFailure {
  const message = `no storage repository: ${reason}`;
  return among === 'one'
    ? new DriverFailure('unavailable', UNKNOWN, message, {
        remedy:
          'Set the option `storageRepository` of the XenServer driver to the uuid of the repository of the share.',
      })
    : new DriverFailure('rejected', UNKNOWN, message, {
        remedy:
          'Name the repository of each share in the option `repositories` of the XenServer driver, by the folder of the share.',
      });
}
