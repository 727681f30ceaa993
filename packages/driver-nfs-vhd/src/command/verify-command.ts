import { lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemClock, systemRandom } from '@gdcloud/core';
import { type ScrubFinding, scrubFindingInWords } from '../checksums/scrub-finding.js';
import { type ScrubRequest, scrubFile, scrubStep } from '../checksums/scrub-step.js';
import { diskNames, type ScrubbedShare } from '../checksums/scrubbed-share.js';
import { nodeFileSystem } from '../files/node-file-system.js';
import { demandOwnFolders } from '../share/own-folders.js';
import { sharePaths } from '../share/share-paths.js';
import { BLOCK_BYTES } from '../vhd/sizes.js';
import { byteSizeInWords } from './byte-size.js';
import { EXIT } from './exit-codes.js';
import { progressBar } from './progress-bar.js';
import type { Command } from './read-command.js';
import type { Result } from './result.js';
import type { Terminal } from './terminal.js';

type Verify = Extract<Command, { readonly kind: 'verify' | 'sum' }>;

/** Data read between two drawings of the bar. */
const STEP_BYTES = 64 * 1024 * 1024;

interface Seen {
  readonly findings: ScrubFinding[];
  readonly summed: Set<string>;
  readBytes: number;
  files: number;
}

/** `verify` and `sum` */
export async function verify(command: Verify, terminal: Terminal): Promise<Result> {
  const isFolder = (await lstat(command.path)).isDirectory();
  const share = shareAt(isFolder ? command.path : dirname(command.path));
  const others = command.copies.map(shareAt);
  for (const { files, paths } of [share, ...others]) await demandOwnFolders(files, paths);
  const request: ScrubRequest = {
    damage: command.damage,
    missing: command.kind === 'sum' ? 'make' : 'leave',
    others,
    mostBytes: STEP_BYTES,
    mostMendedBytes: Number.POSITIVE_INFINITY,
    signal: terminal.signal,
  };
  const seen: Seen = { findings: [], summed: new Set(), readBytes: 0, files: 0 };
  const bar = progressBar(terminal, command.path);
  const work = isFolder
    ? wholeShare(share, request, seen, await progressOver(share, bar.onProgress))
    : oneFile(share, basename(command.path), request, seen);
  await work.finally(bar.end);
  const { findings, readBytes, files, summed } = seen;
  const isLeft = findings.some((one) => one.kind !== 'block' || one.repairedFrom === undefined);
  return {
    json: { path: command.path, files, readBytes, summed: [...summed], findings },
    lines: [
      ...findings.map(scrubFindingInWords),
      ...[...summed].map((name) => `${name}: checksums made`),
      `${command.path}: ${files} files, ${byteSizeInWords(readBytes)} of data, ${findings.length} findings`,
    ],
    exit: isLeft ? EXIT.damaged : EXIT.done,
  };
}

function shareAt(folder: string): ScrubbedShare {
  const doors = { files: nodeFileSystem, clock: systemClock, random: systemRandom };
  return { paths: sharePaths(folder), ...doors };
}

async function wholeShare(
  share: ScrubbedShare,
  request: ScrubRequest,
  seen: Seen,
  told: (cursor: string | undefined) => void,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const step = await scrubStep(share, { ...request, cursor });
    seen.findings.push(...step.findings);
    for (const name of step.summed) seen.summed.add(name);
    seen.readBytes += step.readBytes;
    seen.files += step.files;
    cursor = step.cursor;
    told(cursor);
  } while (cursor !== undefined);
  seen.files = (await diskNames(share.files, share.paths.folder)).length;
}

async function oneFile(
  share: ScrubbedShare,
  name: string,
  request: ScrubRequest,
  seen: Seen,
): Promise<void> {
  seen.files = 1;
  for (let fromBlock: number | undefined = 0; fromBlock !== undefined; ) {
    const step = await scrubFile(share, { name, fromBlock, mostBytes: STEP_BYTES }, request);
    seen.findings.push(...step.findings);
    if (step.summed) seen.summed.add(name);
    seen.readBytes += step.readBytes;
    fromBlock = step.nextBlock;
  }
}

/** Tells how far a round is, by the sizes of the files that are behind it. */
async function progressOver(
  { files, paths }: ScrubbedShare,
  onProgress: ReturnType<typeof progressBar>['onProgress'],
): Promise<(cursor: string | undefined) => void> {
  const sizes: (readonly [string, number])[] = [];
  for (const name of await diskNames(files, paths.folder)) {
    sizes.push([name, (await files.status(`${paths.folder}/${name}`))?.sizeBytes ?? 0]);
  }
  const totalBytes = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  return (cursor) => {
    const slash = cursor?.indexOf('/') ?? -1;
    const at = cursor?.slice(slash + 1);
    const inFile = Number(cursor?.slice(0, slash) ?? 0) * BLOCK_BYTES;
    let doneBytes = 0;
    for (const [name, bytes] of sizes) {
      if (at === undefined || name < at) doneBytes += bytes;
      else if (name === at) doneBytes += Math.min(bytes, inFile);
    }
    onProgress({ doneBytes, totalBytes });
  };
}
