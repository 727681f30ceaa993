import {
  type DriverCall,
  DriverFailure,
  type ResourceUuid,
  type ServerDisk,
  type ServerNic,
} from '@gdcloud/core';
import { isXapiError } from '../../client/xapi-error.js';
import type { DriverContext } from '../context.js';
import { can } from '../features.js';
import { knownRef } from '../known.js';
import { findNetworkOf } from '../segments/find-network.js';
import { cdRecord, type DeviceOwner, vbdRecord, vifRecord } from './device-records.js';
import { filterRefusal, poolVersion, unfilteredText } from './source-filter.js';

/** Gives a VM a disk. Rejects as `DiskUnknown` while the pool does not know it. */
export async function addDisk(
  context: DriverContext,
  owner: DeviceOwner,
  disk: ServerDisk,
  call: DriverCall,
): Promise<void> {
  const vdi = await findDisk(context, disk.volume, call);
  await context.xapi.write('VBD.create', [vbdRecord(owner, disk, vdi)], call);
}

/** Gives a VM an empty CD drive. */
export async function addCd(
  { xapi }: DriverContext,
  owner: DeviceOwner,
  call: DriverCall,
): Promise<void> {
  await xapi.write('VBD.create', [cdRecord(owner)], call);
}

/**
 * Gives a VM a card, on the network that is `known` or that the pool finds. Rejects as `SegmentUnknown` while the pool
 * has none.
 */
export async function addNic(
  context: DriverContext,
  owner: DeviceOwner,
  { nic, known }: { readonly nic: ServerNic; readonly known?: string | undefined },
  call: DriverCall,
): Promise<void> {
  const network = known ?? (await findNetworkOf(context, nic.network, call));
  if (network === undefined) {
    throw new DriverFailure(
      'rejected',
      'SegmentUnknown',
      `the pool has no segment of network ${nic.network} yet`,
      {
        remedy:
          'Nothing to do: it is tried again once the segment is there. If it stays so, look at the network.',
      },
    );
  }
  const { settings, xapi } = context;
  const withoutFilter = async (code: string): Promise<void> => {
    const unfiltered = unfilteredText({ code, pool: await poolVersion(context, call) });
    const record = vifRecord(owner, nic, { network, settings, unfiltered });
    await xapi.write('VIF.create', [record], call);
  };
  const filters = settings.sourceFilter === 'vif';
  if (filters && !(await can(context, 'source-filters', call)))
    return withoutFilter('MESSAGE_METHOD_UNKNOWN');
  try {
    await xapi.write('VIF.create', [vifRecord(owner, nic, { network, settings })], call);
  } catch (error) {
    const code = filters ? filterRefusal(error) : undefined;
    if (code === undefined) throw error;
    await withoutFilter(code);
  }
}

/** The reference of a volume's disk. Rejects as `DiskUnknown` while the pool does not know it. */
export async function findDisk(
  context: DriverContext,
  volume: ResourceUuid,
  call: DriverCall,
): Promise<string> {
  try {
    return await knownRef(context, 'VDI', volume, () =>
      context.xapi.read('VDI.get_by_uuid', [volume], call),
    );
  } catch (error) {
    if (!isXapiError(error, 'UUID_INVALID')) throw error;
    throw new DriverFailure(
      'rejected',
      'DiskUnknown',
      `the pool does not know the disk of volume ${volume} yet`,
      {
        remedy:
          'Nothing to do: it is tried again once the disk is known. If it stays so, look at the volume.',
      },
    );
  }
}
