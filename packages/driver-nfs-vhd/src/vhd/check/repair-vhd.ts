import { readExactly } from '../reader.js';
import type { Writable } from '../writable.js';
import { checkFooters } from './check-footers.js';
import { type CheckOptions, checkVhd, type VhdReport } from './check-vhd.js';
import type { Finding } from './finding.js';
import { type Patch, planRepair, type Refusal, type RepairChoices } from './plan-repair.js';

/** How a VHD is repaired. */
export interface RepairOptions extends CheckOptions, RepairChoices {
  /** Keeps what a patch overwrites, durably, before it is written; what was behind the end is empty. */
  readonly keep: (overwritten: Overwritten) => Promise<void>;
}

/** A patch, and what stood in its place. */
export interface Overwritten extends Patch {
  readonly before: Uint8Array;
}

/** What a repair did. */
export interface Repair {
  readonly before: VhdReport;
  /** Damage that is gone. */
  readonly repaired: readonly Finding[];
  readonly refused: readonly Refusal[];
  readonly written: readonly Patch[];
  readonly after: VhdReport;
}

/**
 * Repairs what has one right outcome: footers from each other, an empty batmap for a wrong one, fields that other tools
 * stumble over. Data, bitmaps, header and block table are never written. Where structures overlap or blocks are lost, it
 * writes nothing at all. Each write is synced before the next; stopped in between, the same call again finishes it.
 */
export async function repairVhd(file: Writable, options: RepairOptions): Promise<Repair> {
  const before = await checkVhd(file, options);
  const footers = await checkFooters(file, () => undefined, options.nowMs);
  const plan = await planRepair(file, before, footers, options);
  for (const patch of plan.patches) {
    options.signal?.throwIfAborted();
    const there = Math.max(0, Math.min(patch.bytes.byteLength, file.sizeBytes - patch.position));
    const before = there === 0 ? new Uint8Array(0) : await readExactly(file, patch.position, there);
    await options.keep({ ...patch, before });
    await file.writeAt(patch.bytes, patch.position);
    await file.sync();
  }
  const after = plan.patches.length === 0 ? before : await checkVhd(file, options);
  const left = new Set(after.findings.map(({ code }) => code));
  return {
    before,
    repaired: before.findings.filter(({ code }) => !left.has(code)),
    refused: plan.refused,
    written: plan.patches,
    after,
  };
}
