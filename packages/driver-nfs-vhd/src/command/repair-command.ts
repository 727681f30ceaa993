import { appendFile, open } from 'node:fs/promises';
import { checkFooters } from '../vhd/check/check-footers.js';
import { checkVhd } from '../vhd/check/check-vhd.js';
import { planRepair } from '../vhd/check/plan-repair.js';
import { type Overwritten, repairVhd } from '../vhd/check/repair-vhd.js';
import { EXIT } from './exit-codes.js';
import type { Command } from './read-command.js';
import type { Result } from './result.js';
import type { Terminal } from './terminal.js';
import { withFile } from './with-file.js';

type Repair = Extract<Command, { readonly kind: 'repair' }>;

/** `repair` */
export async function repair(command: Repair, terminal: Terminal): Promise<Result> {
  const options = {
    nowMs: terminal.now(),
    signal: terminal.signal,
    inUse: command.inUse,
    trust: command.trust,
  };
  if (command.mode === 'dryRun') return dryRun(command, options);
  const backup = `${command.file}.before-repair`;
  return withFile(command.file, 'write', async (file) => {
    const { repaired, refused, written, after } = await repairVhd(file, {
      ...options,
      keep: (overwritten) => keep(backup, overwritten),
    });
    return {
      json: {
        file: command.file,
        verdict: after.verdict,
        repaired: repaired.map(({ code }) => code),
        refused: refused.map(({ finding, why }) => ({ code: finding.code, why })),
        written: written.map(({ position, bytes, why }) => ({
          position,
          bytes: bytes.length,
          why,
        })),
        ...(written.length === 0 ? {} : { backup }),
      },
      lines: [
        `${command.file}: ${after.verdict}`,
        ...repaired.map(({ code, detail }) => `  repaired ${code}: ${detail}`),
        ...refused.map(({ finding, why }) => `  left ${finding.code}: ${why}`),
        ...(written.length === 0 ? [] : [`  what was overwritten is in ${backup}`]),
      ],
      exit: after.verdict === 'sound' ? EXIT.done : EXIT.damaged,
    };
  });
}

async function dryRun(
  { file: path }: Repair,
  options: Parameters<typeof planRepair>[3],
): Promise<Result> {
  return withFile(path, 'read', async (file) => {
    const report = await checkVhd(file, options);
    const footers = await checkFooters(file, () => undefined, options.nowMs);
    const plan = await planRepair(file, report, footers, options);
    return {
      json: {
        file: path,
        verdict: report.verdict,
        wouldWrite: plan.patches.map(({ position, bytes, why }) => ({
          position,
          bytes: bytes.length,
          why,
        })),
        refused: plan.refused.map(({ finding, why }) => ({ code: finding.code, why })),
      },
      lines: [
        `${path}: ${report.verdict}`,
        ...plan.patches.map(
          ({ position, bytes, why }) =>
            `  would write ${bytes.length} bytes at ${position}: ${why}`,
        ),
        ...plan.refused.map(({ finding, why }) => `  would leave ${finding.code}: ${why}`),
      ],
      exit: report.verdict === 'sound' ? EXIT.done : EXIT.damaged,
    };
  });
}

/** One line of JSON for each place: its position, and what stood there. */
async function keep(path: string, { position, before, why }: Overwritten): Promise<void> {
  const line = { position, why, before: Buffer.from(before).toString('base64') };
  await appendFile(path, `${JSON.stringify(line)}\n`);
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
