import { type Condition, type ConditionStatement, conditionOf } from '../../model/condition.js';
import type { PendingChange, ServerActual } from '../../ports/drivers/compute.js';
import type { Devices } from '../volume/devices.js';

/** A server's observed fields, as its driver shows it; all null for one that is not there any more. */
export function statusOf(server: ServerActual | undefined) {
  const { powerState = null, guest, pendingRestart } = server ?? {};
  return {
    powerState,
    ...(server === undefined
      ? {}
      : {
          restartsDone: server.restarts,
          ramSizeMb: server.ramSizeMb,
          cpuCount: server.cpuCount,
        }),
    sourceUnfiltered: server?.sourceUnfiltered ?? null,
    pendingRestart: pendingRestart?.map(({ field }) => field) ?? null,
    booted: powerState === 'running' ? (guest?.addresses.length ?? 0) > 0 : null,
    guestAddresses: guest?.addresses ?? null,
    guestOsName: guest?.osName ?? null,
    guestOsVersion: guest?.osVersion ?? null,
    guestTools: powerState === 'running' ? (guest?.tools ?? ('none' as const)) : null,
    guestToolsVersion: guest?.toolsVersion ?? null,
  };
}

/** What waits for the server's restart, as a condition; undefined when there is nothing to say. */
export function pendingCondition(
  conditions: readonly Condition[],
  pending: readonly PendingChange[],
): ConditionStatement | undefined {
  const type = 'PendingRestart';
  if (pending.length === 0) {
    return conditionOf(conditions, type)?.status === 'True'
      ? { type, status: 'False', reason: 'AsAsked', message: 'nothing waits for a restart' }
      : undefined;
  }
  const changes = pending.map(({ field, reason }) => `${field} because ${reason}`);
  const message = `waiting for a restart: ${changes.join('; ')}`;
  const details = { fields: pending.map(({ field }) => field) };
  return { type, status: 'True', reason: 'RestartNeeded', message, details };
}

/** The volumes that a server may have, once it was seen as asked but for what waits for a restart. */
export function notedAfter(
  wanted: Devices,
  before: Devices | null | undefined,
  pending: readonly PendingChange[],
): Devices {
  const waiting = new Set(pending.map(({ field }) => field));
  const staying = Object.entries(before ?? {}).filter(([, device]) =>
    waiting.has(`disks.${device}`),
  );
  return { ...Object.fromEntries(staying), ...wanted };
}
