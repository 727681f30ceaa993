import { ensureError, type ResourceUuid } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import { syncIfThere } from '../files/folders.js';
import { insteadOfFile } from '../files/plain-file.js';
import { uuidOfFileName } from '../share/share-paths.js';
import { checkVhd } from '../vhd/check/check-vhd.js';
import { openVhd, type Vhd } from '../vhd/open-vhd.js';
import { VhdError } from '../vhd/vhd-error.js';
import { isComplete } from './block-sums.js';
import { checkAncestors } from './check-ancestors.js';
import { type Readers, readersOn } from './find-readers.js';
import { type DiskIdentity, readIdentity } from './read-identity.js';
import { type DiskRepair, repairDisk } from './repair-disk.js';
import type { BlockFinding, ScrubFinding } from './scrub-finding.js';
import { diskNames, type ScrubbedShare, withDisk } from './scrubbed-share.js';
import { sumDisk } from './sum-disk.js';
import { readSums, writeSums } from './sum-store.js';
import { type DamagedBlock, verifyDisk } from './verify-disk.js';

const MOST_MENDED_BYTES = 32 * 1024 ** 3;

/** What one step may do. */
export interface ScrubRequest {
  /** Where the last step ended; absent for a fresh round. */
  readonly cursor?: string | undefined;
  /** Data read in one step, in bytes, give or take a block; default 256 MiB. */
  readonly mostBytes?: number | undefined;
  /** Files looked at in one step; default 100. */
  readonly mostFiles?: number | undefined;
  /** Waited for before so many bytes of data are read: the throttle. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  /** `mend`: damaged blocks are repaired where another file holds them, which reads and writes all of the disk. */
  readonly damage: 'tell' | 'mend';
  /**
   * Bigger files are not mended, only told, in bytes; default 32 GiB. A repair does not wait for `pace`, and reads the file
   * three times in one step.
   */
  readonly mostMendedBytes?: number | undefined;
  /** Whether checksums are made where there are none, or none that are sound; default `make`. */
  readonly missing?: 'make' | 'leave' | undefined;
  /** Other shares that may have copies of damaged blocks. */
  readonly others?: readonly ScrubbedShare[] | undefined;
  readonly signal: AbortSignal;
}

/** What a step saw. */
export interface ScrubReport {
  /** Where to go on; absent when the round is over. */
  readonly cursor?: string | undefined;
  readonly findings: readonly ScrubFinding[];
  readonly files: number;
  /** Data that were compared or summed, in bytes. */
  readonly readBytes: number;
  /** Names of files that got checksums, or more of them. */
  readonly summed: readonly string[];
}

/**
 * Takes one bounded step through a share: looks whether each disk's structure is sound and its parents are there, compares
 * files that are never written again with their checksums, and makes checksums where there are none yet. Servers may run
 * meanwhile. Files come by name; what is made or removed during a round may be missed. May be stopped at any point; a step
 * that is repeated finds the same again, but for what was mended. Throws what the share throws, and the signal's reason.
 */
export async function scrubStep(share: ScrubbedShare, request: ScrubRequest): Promise<ScrubReport> {
  const { mostBytes = 256 * 1024 * 1024, mostFiles = 100, signal } = request;
  const start = parseCursor(request.cursor);
  // Whoever mended a file or made its sums may have died before its own sync, and nothing more is found there.
  await syncIfThere(share.files, share.paths.folder);
  await syncIfThere(share.files, share.paths.sumFolder);
  const names = await diskNames(share.files, share.paths.folder);
  const rest = names.filter((name) => name >= start.name);
  const readers = readersOn(share, signal);
  const findings: ScrubFinding[] = [];
  const summed: string[] = [];
  let readBytes = 0;
  let files = 0;
  for (const name of rest) {
    signal.throwIfAborted();
    if (files >= mostFiles || readBytes >= mostBytes)
      return { cursor: cursorOf({ name, block: 0 }), findings, files, readBytes, summed };
    const fromBlock = name === start.name ? start.block : 0;
    const seen = await scrubFile(
      share,
      { name, fromBlock, mostBytes: mostBytes - readBytes },
      request,
      readers,
    );
    findings.push(...seen.findings);
    if (seen.summed) summed.push(name);
    readBytes += seen.readBytes;
    files += 1;
    if (seen.nextBlock !== undefined) {
      const cursor = cursorOf({ name, block: seen.nextBlock });
      return { cursor, findings, files, readBytes, summed };
    }
  }
  return { findings, files, readBytes, summed };
}

/** One file, or the part of it that a step has room for. */
export interface FilePart {
  readonly name: string;
  readonly fromBlock: number;
  readonly mostBytes: number;
}

/** What was seen of it. */
export interface SeenFile {
  readonly findings: readonly ScrubFinding[];
  readonly readBytes: number;
  readonly summed: boolean;
  /** Where to go on in it; absent when it is done. */
  readonly nextBlock: number | undefined;
}

/** Looks at one file of a share. */
export async function scrubFile(
  share: ScrubbedShare,
  part: FilePart,
  request: ScrubRequest,
  readers: Readers = readersOn(share, request.signal),
): Promise<SeenFile> {
  const { files, paths } = share;
  const path = `${paths.folder}/${part.name}`;
  const found: Unread[] = [];
  let seen: Compared = { readBytes: 0, summed: false, nextBlock: undefined };
  try {
    if (part.fromBlock === 0)
      found.push(...(await structureFindings(share, part.name, request.signal)));
    await withDisk(files, path, async (file) => {
      const identity = await readIdentity(file);
      if (part.fromBlock === 0) {
        const chain = await checkAncestors(share, part.name, identity);
        if (chain !== undefined) found.push(chain);
      }
      const uuid = await frozenUuid(share, part.name, identity);
      if (uuid === undefined) {
        // A server that has it open keeps no last footer.
        remove(found, (one) => one.kind === 'structure' && one.risk === 'redundancy');
        return;
      }
      const vhd = await openVhd(file, { signal: request.signal });
      seen = await compare(share, vhd, { ...part, uuid }, request, found);
    });
  } catch (thrown) {
    request.signal.throwIfAborted();
    const told = found.some(({ kind }) => kind === 'structure');
    if (thrown instanceof VhdError) {
      if (!told) found.push(unreadable(part.name, thrown.code, thrown.message));
    } else if (isOfOneFile(thrown)) {
      found.push(unreadable(part.name, 'Unreadable', ensureError(thrown).message));
    } else throw thrown;
  }
  const { readBytes, summed, nextBlock } = seen;
  if (found.length === 0) return { findings: [], readBytes, summed, nextBlock };
  const itsReaders = await readers(part.name);
  const findings = found.map((finding): ScrubFinding => ({ ...finding, readers: itsReaders }));
  return { findings, readBytes, summed, nextBlock };
}

function remove<Item>(items: Item[], isUnwanted: (item: Item) => boolean): void {
  items.splice(0, items.length, ...items.filter((item) => !isUnwanted(item)));
}

type WithoutReaders<Finding> = Finding extends unknown ? Omit<Finding, 'readers'> : never;
type Unread = WithoutReaders<ScrubFinding>;

interface Compared {
  readonly readBytes: number;
  readonly summed: boolean;
  readonly nextBlock: number | undefined;
}

async function compare(
  share: ScrubbedShare,
  vhd: Vhd,
  part: FilePart & { readonly uuid: ResourceUuid },
  request: ScrubRequest,
  found: Unread[],
): Promise<Compared> {
  const { name, uuid, mostBytes } = part;
  const patient = { name, uuid, sizeBytes: vhd.file.sizeBytes };
  const stored = await readSums(share, uuid);
  if (stored.kind === 'damaged') found.push({ kind: 'sums', file: name, detail: stored.why });
  let known = stored.kind === 'sums' ? stored.sums : undefined;
  let readBytes = 0;
  if (known !== undefined) {
    const options = { ...request, fromBlock: part.fromBlock, mostBytes };
    const verified = await verifyDisk(vhd, known, options);
    if (verified.kind === 'outdated') known = undefined;
    else {
      readBytes = verified.readBytes;
      if (verified.structure === 'changed' && part.fromBlock === 0)
        found.push(changedStructure(name));
      if (verified.damaged.length > 0)
        found.push(...(await damagedBlocks(share, patient, known, verified.damaged, request)));
      if (verified.nextBlock < known.coveredBlocks)
        return { readBytes, summed: false, nextBlock: verified.nextBlock };
      // What is damaged already is not to be taken for what it was.
      if (isComplete(known) || verified.structure === 'changed')
        return { readBytes, summed: false, nextBlock: undefined };
    }
  }
  if (request.missing === 'leave') return { readBytes, summed: false, nextBlock: undefined };
  if (readBytes >= mostBytes)
    return { readBytes, summed: false, nextBlock: known?.coveredBlocks ?? 0 };
  const { sums, readBytes: more } = await sumDisk(vhd, {
    signal: request.signal,
    pace: request.pace,
    known,
    mostBytes: mostBytes - readBytes,
  });
  await writeSums(share, sums);
  const nextBlock = isComplete(sums) ? undefined : sums.coveredBlocks;
  return { readBytes: readBytes + more, summed: true, nextBlock };
}

interface PatientFile {
  readonly name: string;
  readonly uuid: ResourceUuid;
  readonly sizeBytes: number;
}

async function damagedBlocks(
  share: ScrubbedShare,
  { name, uuid, sizeBytes }: PatientFile,
  sums: Parameters<typeof verifyDisk>[1],
  damaged: readonly DamagedBlock[],
  request: ScrubRequest,
): Promise<readonly WithoutReaders<BlockFinding>[]> {
  const { signal, others, mostMendedBytes = MOST_MENDED_BYTES } = request;
  const isMended = request.damage === 'mend' && sizeBytes <= mostMendedBytes;
  const repair: DiskRepair | undefined = isMended
    ? await repairDisk(share, uuid, { signal, others, sums, mode: await modeOf(share, uuid) })
    : undefined;
  const repairs = repair?.kind === 'repaired' ? repair.blocks : [];
  return damaged.map((block) => ({
    kind: 'block',
    file: name,
    uuid,
    ...block,
    repairedFrom: repairs.find((one) => one.block === block.block)?.from,
  }));
}

// Read by everybody as images are; what was a server's disk stays root's.
async function modeOf(share: ScrubbedShare, uuid: ResourceUuid): Promise<number> {
  return (await isRecorded(share, uuid)) ? 0o400 : 0o444;
}

/** The uuid of a file that is never written again: a hidden base, or what is recorded as a snapshot or as retired. */
async function frozenUuid(
  share: ScrubbedShare,
  name: string,
  { uuid: said, visibility }: DiskIdentity,
): Promise<ResourceUuid | undefined> {
  const uuid = uuidOfFileName(name);
  if (uuid === undefined || said !== uuid) return undefined;
  if (visibility === 'hidden' || (await isRecorded(share, uuid))) return uuid;
  return undefined;
}

async function isRecorded({ files, paths }: ScrubbedShare, uuid: ResourceUuid): Promise<boolean> {
  return (
    (await files.status(`${paths.snapshotFolder}/${uuid}`)) !== undefined ||
    (await files.status(`${paths.retiredFolder}/${uuid}`)) !== undefined
  );
}

/** Of a file that a server writes to just now a look may see half a change: what counts is seen twice. */
async function structureFindings(
  { files, paths, clock }: ScrubbedShare,
  name: string,
  signal: AbortSignal,
): Promise<readonly Unread[]> {
  const look = async (): Promise<readonly Unread[]> => {
    const options = { depth: 'structure', nowMs: clock.now(), signal } as const;
    const report = await withDisk(files, `${paths.folder}/${name}`, (file) =>
      checkVhd(file, options),
    );
    if (report === 'absent') return [];
    return report.findings.flatMap(({ code, where, position, detail, risk }): readonly Unread[] => {
      if (risk === 'nothing' || code === 'LastFooterKilled') return [];
      return [{ kind: 'structure', file: name, code, where, position, detail, risk }];
    });
  };
  const first = await look();
  if (first.length === 0) return first;
  const again = new Set((await look()).map(keyOf));
  return first.filter((finding) => again.has(keyOf(finding)));
}

function keyOf(finding: Unread): string {
  return finding.kind === 'structure' ? `${finding.code} ${finding.where}` : finding.kind;
}

function changedStructure(name: string): Unread {
  const detail = 'header, block table, batmap or locators are not what they were';
  return unreadable(name, 'StructureChanged', detail);
}

function unreadable(name: string, code: string, detail: string): Unread {
  return {
    kind: 'structure',
    file: name,
    code,
    where: 'the file',
    position: 0,
    detail,
    risk: 'disk',
  };
}

// Links and folders in the place of a disk, and a disk that its server can't read. All else is the share's trouble.
function isOfOneFile(thrown: unknown): boolean {
  return insteadOfFile(thrown) !== undefined || errnoName(thrown) === 'EIO';
}

interface Cursor {
  readonly name: string;
  readonly block: number;
}

function cursorOf({ name, block }: Cursor): string {
  return `${block}/${name}`;
}

/** What can't be read as one begins a fresh round. */
function parseCursor(text: string | undefined): Cursor {
  const parts = /^(\d{1,8})\/(.+)$/.exec(text ?? '');
  const [, block = '0', name = ''] = parts ?? [];
  return { name, block: Number(block) };
}
