import { type DriverCall, DriverFailure, parseUuid } from '@gdcloud/core';
import { isXapiError } from '../../client/xapi-error.js';
import { isNullRef } from '../../datamodel/ref.js';
import type { DriverContext } from '../context.js';

/** Finds the storage repository that shows the storage driver's share. */
export async function findRepository(
  { xapi, settings }: DriverContext,
  call: DriverCall,
): Promise<string> {
  const wanted = settings.storageRepository;
  if (wanted === undefined) {
    const [pool] = Object.values(await xapi.read('pool.get_all_records', [], call));
    if (pool === undefined || isNullRef(pool.default_SR))
      throw noRepository('the pool has no default one');
    return pool.default_SR;
  }
  if (parseUuid(wanted) !== undefined) {
    try {
      return await xapi.read('SR.get_by_uuid', [wanted], call);
    } catch (error) {
      if (!isXapiError(error, 'UUID_INVALID')) throw error;
      throw noRepository(`there is none with uuid ${wanted}`);
    }
  }
  const [repository, other] = await xapi.read('SR.get_by_name_label', [wanted], call);
  if (repository === undefined) throw noRepository(`there is none named ${wanted}`);
  if (other !== undefined) throw noRepository(`several are named ${wanted}`);
  return repository;
}

function noRepository(reason: string): DriverFailure {
  return new DriverFailure('unavailable', 'RepositoryUnknown', `no storage repository: ${reason}`, {
    remedy:
      'Set the option `storageRepository` of the XenServer driver to the uuid of the repository of the share.',
  });
}
