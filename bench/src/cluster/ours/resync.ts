import { setTimeout as pause } from 'node:timers/promises';
import type { GadgetCloud } from './gadget-cloud.js';
import type { ManyGadgets } from './many-gadgets.js';

/** How long a round may take; milliseconds. */
const PATIENCE = 300_000;

/** What looking again at resources at rest took, each. */
export interface Resync {
  readonly cpuMs: number;
  readonly ms: number;
}

/** Has every `step`th of `rows` copies looked at again, and tells what each took. */
export async function resync(
  cloud: GadgetCloud,
  gadgets: ManyGadgets,
  { rows, step }: { readonly rows: number; readonly step: number },
): Promise<Resync> {
  const due = Math.ceil(rows / step);
  const [began, cpu, passes] = [performance.now(), await cloud.cpuMs(), await cloud.passCount()];
  await gadgets.makeDue(rows, step);
  for (const end = Date.now() + PATIENCE; (await cloud.passCount()) - passes < due; ) {
    if (Date.now() > end) throw new Error(`${due} resources were not looked at in time`);
    await pause(50);
  }
  return { cpuMs: ((await cloud.cpuMs()) - cpu) / due, ms: (performance.now() - began) / due };
}
