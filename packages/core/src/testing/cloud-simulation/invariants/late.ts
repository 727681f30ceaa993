import type { View } from '../facts.js';
import type { SimulatedServer } from '../outside.js';
import type { OutsideObject } from '../outside-model.js';

/**
 * Whether a server outside came of a create that arrived late: a second time, or given up long ago, after another has
 * succeeded or after all of it has gone. What it makes is never started, so it has no disk open and takes no memory of
 * its host, and it is discarded as any duplicate (reference/kernel.md 1.3); once it runs it counts.
 */
export function isLate(
  { database, outside: { servers } }: View,
  { external, uuid, actual }: OutsideObject<SimulatedServer>,
): boolean {
  if (actual.powerState !== 'halted') return false;
  if (database.row(uuid)?.removed !== null) return true;
  const first = [...servers.objects.values()].find((other) => other.uuid === uuid);
  return first?.external !== external;
}
