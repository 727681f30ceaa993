import { type DriverCall, DriverFailure } from '@gdcloud/core';
import type { DriverContext } from './context.js';

const FENCE = 'gdcloud:fence';

/** The part of a stamp that says who made the object. */
export function fenceFor(call: DriverCall): Readonly<Record<string, string>> {
  return { [FENCE]: call.fence };
}

/** Whether the holder that `call` is of was the last one to change the object. */
export function isHeldBy(call: DriverCall, config: Readonly<Record<string, string>>): boolean {
  return config[FENCE] === call.fence;
}

/**
 * Refuses a caller that was replaced, and notes a newer one on the object before it changes anything: a caller that
 * sleeps through its replacement is refused from then on. XAPI has no compare-and-set, so a call already under way
 * still gets through. Noting is two calls as a key can't be overwritten; a crash between them forgets the fence only
 * until the next one.
 */
export async function passFence(
  context: DriverContext,
  object: {
    readonly class: 'VM' | 'network';
    readonly ref: string;
    readonly config: Readonly<Record<string, string>>;
  },
  call: DriverCall,
): Promise<void> {
  const { [FENCE]: noted } = object.config;
  if (noted === call.fence) return;
  if (noted !== undefined && noted > call.fence) {
    throw new DriverFailure(
      'rejected',
      'FenceSuperseded',
      'a newer holder of the lock has taken over',
      {
        remedy: 'Nothing to do: the newer holder carries on.',
      },
    );
  }
  const { xapi } = context;
  if (noted !== undefined) {
    await xapi.write(`${object.class}.remove_from_other_config`, [object.ref, FENCE], call);
  }
  await xapi.write(`${object.class}.add_to_other_config`, [object.ref, FENCE, call.fence], call);
}
