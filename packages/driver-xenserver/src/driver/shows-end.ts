import type { Json } from '@gdcloud/core';
import type { EventRecord } from '../datamodel/event-batch.js';

/**
 * Whether one answer, which shows that a task on a VM has ended, also shows the VM and its devices as the task left them.
 * XAPI reads the records of an answer one after the other, so each may be a little older than the task's: the VM is as it
 * was left once the operation is off it, and a device once it is plugged in where the VM runs, or not where it is off. A
 * device that is neither, for whatever reason, is worth a question. Pure.
 */
export function showsEnd(events: readonly EventRecord[], vm: string, task: string): boolean {
  const server = events.find(({ ref }) => ref === vm)?.snapshot;
  if (server === undefined || isAt(server['current_operations'], task)) return false;
  const running = server['power_state'] === 'Running';
  return events.every(
    ({ class: name, snapshot }) =>
      !DEVICES.has(name) || snapshot?.['currently_attached'] === running,
  );
}

const DEVICES: ReadonlySet<string> = new Set(['vbd', 'vif']);

function isAt(operations: Json | undefined, task: string): boolean {
  return typeof operations !== 'object' || operations === null || task in operations;
}
