import { ensureError } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import { checkVhd, type VhdReport } from '../vhd/check/check-vhd.js';
import type { Finding } from '../vhd/check/finding.js';
import { VhdError } from '../vhd/vhd-error.js';
import { withChain } from './chain-command.js';
import { EXIT } from './exit-codes.js';
import { progressBar } from './progress-bar.js';
import type { Command } from './read-command.js';
import type { Result } from './result.js';
import type { Terminal } from './terminal.js';
import { withFile } from './with-file.js';

type Check = Extract<Command, { readonly kind: 'check' }>;

interface Checked extends VhdReport {
  readonly file: string;
  /** What keeps the chain from being opened; absent where it opens, or was not tried. */
  readonly chain?: { readonly code: string; readonly message: string } | undefined;
}

/** `check` */
export async function check(command: Check, terminal: Terminal): Promise<Result> {
  const reports: Checked[] = [];
  for (const file of command.files) reports.push(await checkOne(file, command, terminal));
  const sound = reports.every(({ verdict, chain }) => verdict === 'sound' && chain === undefined);
  return {
    json: { files: reports },
    lines: reports.flatMap(inWords),
    exit: sound ? EXIT.done : EXIT.damaged,
  };
}

async function checkOne(path: string, command: Check, terminal: Terminal): Promise<Checked> {
  const bar = progressBar(terminal, path);
  const report = await withFile(path, 'read', (file) =>
    checkVhd(file, {
      depth: command.depth,
      nowMs: terminal.now(),
      signal: terminal.signal,
      onProgress: bar.onProgress,
    }),
  ).finally(bar.end);
  if (command.extent === 'file' || report.verdict === 'unreadable')
    return { file: path, ...report };
  return { file: path, ...report, chain: await chainFailure(path, command.parents) };
}

async function chainFailure(path: string, parents: string | undefined): Promise<Checked['chain']> {
  try {
    await withChain(path, parents, async () => undefined);
    return undefined;
  } catch (thrown) {
    // What a child calls its parent may be anything, and other files are to be checked too.
    if (thrown instanceof VhdError) return { code: thrown.code, message: thrown.message };
    const code = errnoName(thrown);
    if (code === undefined) throw thrown;
    return { code, message: ensureError(thrown).message };
  }
}

function inWords({ file, verdict, findings, allocatedBlocks, type, chain }: Checked): string[] {
  return [
    `${file}: ${verdict}${type === undefined ? '' : `, ${type}, ${allocatedBlocks} blocks`}`,
    ...findings.flatMap(findingInWords),
    ...(chain === undefined ? [] : [`  ${chain.code}: ${chain.message}`]),
  ];
}

/** A finding in lines for people. */
export function findingInWords({
  code,
  where,
  position,
  detail,
  risk,
  meaning,
  remedy,
}: Finding): string[] {
  return [
    `  ${code} at byte ${position}, ${where}: ${detail}`,
    `    ${meaning} At stake: ${risk}. ${remedy}`,
  ];
}
