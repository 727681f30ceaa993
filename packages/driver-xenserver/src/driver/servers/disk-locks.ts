import type { DriverCall, ServerDesired } from '@gdcloud/core';
import type { DriverContext } from '../context.js';
import { orGone } from '../ours.js';
import type { DiskState } from './state.js';

/** How SM notes on a disk which host has it open: `host_OpaqueRef:…`. */
const HELD_BY = 'host_';

/** A note on a disk that a host has it open, which that host can't take off any more. */
export interface StaleLock {
  readonly device: number;
  /** Reference of the disk. */
  readonly disk: string;
  readonly key: string;
  /** Uuid of the host, or its reference when the pool has forgotten it. */
  readonly host: string;
}

interface Holder {
  readonly uuid: string;
  readonly live: boolean;
}

/**
 * Finds the notes that keep disks from being opened anywhere else. Stale are only those of hosts of which a person has
 * confirmed that they are off, and those of hosts that the pool has forgotten: whoever takes off another one risks two
 * writers on one disk.
 */
export async function readStaleLocks(
  context: DriverContext,
  disks: readonly DiskState[],
  { lostHosts = [] }: Pick<ServerDesired, 'lostHosts'>,
  call: DriverCall,
): Promise<readonly StaleLock[]> {
  if (lostHosts.length === 0) return [];
  const locks = await readLocks(context, disks, call);
  return locks.filter((lock) => isOfLost(lock, lostHosts)).map(lockOf);
}

/**
 * As {@link readStaleLocks}, and the notes of live hosts on disks that are open nowhere: no VM, the control domains
 * included, has one of them attached or is about to. A host that does not answer may have it open whatever the pool says.
 * Only for disks that could not be opened.
 */
export async function readAbandonedLocks(
  context: DriverContext,
  disks: readonly DiskState[],
  { lostHosts = [] }: Pick<ServerDesired, 'lostHosts'>,
  call: DriverCall,
): Promise<readonly StaleLock[]> {
  const abandoned: StaleLock[] = [];
  for (const lock of await readLocks(context, disks, call)) {
    const over =
      isOfLost(lock, lostHosts) ||
      (lock.holder?.live === true && (await isOpenNowhere(context, lock.users, call)));
    if (over) abandoned.push(lockOf(lock));
  }
  return abandoned;
}

interface Lock {
  readonly device: number;
  readonly disk: string;
  readonly key: string;
  /** Reference of the host; it is undefined below when the pool has forgotten it. */
  readonly ref: string;
  readonly holder: Holder | undefined;
  /** References of the devices that the disk is in. */
  readonly users: readonly string[];
}

async function readLocks(
  context: DriverContext,
  disks: readonly DiskState[],
  call: DriverCall,
): Promise<readonly Lock[]> {
  const { xapi } = context;
  const holders = new Map<string, Holder | undefined>();
  const locks: Lock[] = [];
  for (const { device, volume } of disks) {
    const found = await orGone(async () => {
      const ref = await xapi.read('VDI.get_by_uuid', [volume], call);
      return { ref, record: await xapi.read('VDI.get_record', [ref], call) };
    });
    for (const key of Object.keys(found?.record.sm_config ?? {})) {
      if (found === undefined || !key.startsWith(HELD_BY)) continue;
      const ref = key.slice(HELD_BY.length);
      if (!holders.has(ref)) holders.set(ref, await readHolder(context, ref, call));
      const holder = holders.get(ref);
      locks.push({ device, disk: found.ref, key, ref, holder, users: found.record.VBDs });
    }
  }
  return locks;
}

function isOfLost({ holder }: Lock, lostHosts: NonNullable<ServerDesired['lostHosts']>): boolean {
  if (holder === undefined) return true;
  return !holder.live && lostHosts.some((lost) => lost === holder.uuid);
}

function lockOf({ device, disk, key, ref, holder }: Lock): StaleLock {
  return { device, disk, key, host: holder?.uuid ?? ref };
}

async function isOpenNowhere(
  { xapi }: DriverContext,
  users: readonly string[],
  call: DriverCall,
): Promise<boolean> {
  for (const ref of users) {
    const vbd = await orGone(() => xapi.read('VBD.get_record', [ref], call));
    if (vbd === undefined) continue;
    if (vbd.currently_attached || Object.keys(vbd.current_operations).length > 0) return false;
  }
  return true;
}

async function readHolder(
  { xapi }: DriverContext,
  ref: string,
  call: DriverCall,
): Promise<Holder | undefined> {
  const host = await orGone(() => xapi.read('host.get_record', [ref], call));
  if (host === undefined) return undefined;
  const metrics = await orGone(() => xapi.read('host_metrics.get_record', [host.metrics], call));
  return { uuid: host.uuid, live: metrics?.live === true };
}
