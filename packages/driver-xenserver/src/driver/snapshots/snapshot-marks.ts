import { asOperationKey, type ObjectKey, type OperationKey, parseUuid } from '@gdcloud/core';
import type { Stamp } from '../stamp.js';

/**
 * The field of a disk's `other_config` that says which snapshot is being taken of it. XAPI copies a disk first and makes
 * the row of the VM's snapshot last; copies of disks take the field over, so that those it left behind when it died in
 * between are known for ours. The disk itself has it only while it is copied.
 */
export const SNAPSHOT = 'gdcloud:snapshot';

/** What a VM's snapshot is called in the pool, from its very beginning: how it is found. */
export function labelOf({ uuid, epoch }: Stamp): string {
  return `gdcloud snapshot ${uuid}:${epoch}`;
}

/** Which snapshot is called so; undefined for all others. */
export function labelledAs(label: string): Stamp | undefined {
  const [, uuid = '', epoch] = /^gdcloud snapshot ([0-9a-f-]{36}):(\d+)$/.exec(label) ?? [];
  return stampFrom(uuid, epoch);
}

/** The mark that the disks of a snapshot's server get. */
export function markOf({ uuid, epoch }: Stamp, deployment: string): string {
  return `${uuid}:${epoch} ${deployment}`;
}

/** Which snapshot of this deployment a disk is marked for; undefined when for none. */
export function markedFor(
  { [SNAPSHOT]: mark = '' }: Readonly<Record<string, string>>,
  deployment: string,
): Stamp | undefined {
  const [, uuid = '', epoch, owner] = /^([0-9a-f-]{36}):(\d+) (.*)$/s.exec(mark) ?? [];
  return owner === deployment ? stampFrom(uuid, epoch) : undefined;
}

/** The key of the one task that may take a snapshot, whichever process begins it. */
export function takingOf({ uuid, epoch }: ObjectKey): OperationKey {
  return asOperationKey(`snapshot:${uuid}:${epoch}`);
}

function stampFrom(text: string, epoch: string | undefined): Stamp | undefined {
  const uuid = parseUuid(text);
  return uuid === undefined ? undefined : { uuid, epoch: Number(epoch) };
}
