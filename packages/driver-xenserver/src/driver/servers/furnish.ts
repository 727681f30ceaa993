import type { DriverCall, ObjectKey, ServerDesired } from '@gdcloud/core';
import type { DriverContext } from '../context.js';
import { knownNetworkOf } from '../segments/find-network.js';
import { addCd, addDisk, addNic } from './add-device.js';

/** A VM that was just made, and what for. */
export interface NewServer {
  readonly key: ObjectKey;
  readonly ref: string;
  readonly desired: ServerDesired;
}

/**
 * Gives a VM that was just made its devices; returns which of them it has got. The pool lets each in once, by its place, so whoever repeats it changes nothing. What fails is left to the next look, which lists what is
 * missing: the VM is made, whatever becomes of this.
 */
export async function furnish(
  context: DriverContext,
  { key, ref, desired }: NewServer,
  call: DriverCall,
): Promise<readonly string[]> {
  const owner = { key, vm: ref };
  const works: readonly (readonly [field: string, work: Promise<void>])[] = [
    ...desired.disks.map(
      (disk) => [`disks.${disk.device}`, addDisk(context, owner, disk, call)] as const,
    ),
    ...(desired.cd === undefined ? [] : [['cd', addCd(context, owner, call)] as const]),
    ...desired.nics.map((nic) => {
      const known = knownNetworkOf(context, nic.network);
      return [`nics.${nic.device}`, addNic(context, owner, { nic, known }, call)] as const;
    }),
  ];
  const ends = await Promise.allSettled(works.map(([, work]) => work));
  return works.flatMap(([field], index) => (ends[index]?.status === 'fulfilled' ? [field] : []));
}
