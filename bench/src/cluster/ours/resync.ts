import { setTimeout as pause } from 'node:timers/promises';
import type { GadgetCloud } from './gadget-cloud.js';
import type { ManyGadgets } from './many-gadgets.js';

/** How long a round may take; milliseconds. */
const PATIENCE = 300_000;

/**
 * Has every `step`th of `rows` copies looked at again, and resolves with the milliseconds of processor time that each took. How long
 * it took says nothing: most of that is the wait for the next scan.
 */
export async function resync(
  cloud: GadgetCloud,
  gadgets: ManyGadgets,
  { rows, step }: { readonly rows: number; readonly step: number },
): Promise<number> {
  const due = Math.ceil(rows / step);
  const cpu = await cloud.cpuMs();
  const passes = await cloud.passCount();
  await gadgets.makeDue(rows, step);
  for (const end = Date.now() + PATIENCE; (await cloud.passCount()) - passes < due; ) {
    if (Date.now() > end) throw new Error(`${due} resources were not looked at in time`);
    await pause(50);
  }
  return ((await cloud.cpuMs()) - cpu) / due;
}
