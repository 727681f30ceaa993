import { asUuid } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import type { FileStatus } from '../files/file-system.js';
import type { Checkpoint } from '../files/guarded.js';
import { unlinkIfThere } from '../files/publish-file.js';
import type { Share } from '../share/share.js';
import { diskFileName } from '../share/share-paths.js';
import { type Certificate, certify, readCertificate } from './certificate.js';
import { sweepJoins } from './joiner.js';
import type { Unneeded, UpkeepPlan } from './plan-upkeep.js';
import type { ShareScan } from './scan-share.js';
import { parseEvidenceName, type Subject } from './subject.js';
import type { UpkeepSettings } from './upkeep-settings.js';

/** What a step of it did. */
export interface Collected {
  readonly done: readonly string[];
  /** Whether there is more than fits into one step. */
  readonly rest: 'none' | 'some';
}

/**
 * Takes what nothing needs one step further. First a certificate tells that nothing needs it; once a scan that began
 * after a grace shows the same, a second one tells that it goes, and only then it goes: disks into the trash, and out of
 * it by the same rule. What is needed after all loses its certificates. May be stopped and repeated at any point, and
 * done by two at once.
 */
export async function collectGarbage(
  share: Share,
  { scan, plan }: { readonly scan: ShareScan; readonly plan: UpkeepPlan },
  settings: UpkeepSettings,
  checkpoint: Checkpoint,
): Promise<Collected> {
  const { files, paths } = share;
  const done: string[] = [];
  let changes = 0;
  for (const { trashed, uuid } of plan.back) {
    await bringBack(share, trashed, uuid);
    done.push(`brought ${uuid} back from the trash: something reads from it`);
  }
  const seen = certificatesBySubject(scan);
  for (const name of [...plan.void, ...outdated(share, scan, settings)]) {
    checkpoint();
    if (changes >= settings.stepFiles) return { done, rest: 'some' };
    await unlinkIfThere(files, `${paths.evidenceFolder}/${name}`);
    changes += 1;
  }
  for (const unneeded of plan.unneeded) {
    checkpoint();
    if (changes >= settings.stepFiles) return { done, rest: 'some' };
    const names = seen.get(unneeded.subject.text) ?? [];
    const step = await oneFurther(share, { unneeded, names, scan }, settings, checkpoint);
    if (step.kind !== 'waiting') changes += 1;
    if (step.kind === 'gone' && step.told !== undefined) done.push(step.told);
  }
  return { done, rest: 'none' };
}

type OneStep =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'certified' }
  | { readonly kind: 'gone'; readonly told: string | undefined };

async function oneFurther(
  share: Share,
  {
    unneeded,
    names,
    scan,
  }: {
    readonly unneeded: Unneeded;
    readonly names: readonly string[];
    readonly scan: ShareScan;
  },
  settings: UpkeepSettings,
  checkpoint: Checkpoint,
): Promise<OneStep> {
  const { subject, reasons } = unneeded;
  const status = await share.files.status(pathOf(share, subject));
  if (status?.kind !== 'file') return { kind: 'waiting' };
  const { sizeBytes, modifiedMs } = status;
  const facts = { scanBegan: scan.beganAt, sizeBytes, modifiedMs, reasons };
  const first = await oldestAbout(share, names, subject, status);
  if (first === undefined) {
    await certify(share, subject, { stage: 'seen', ...facts }, checkpoint);
    return { kind: 'certified' };
  }
  const graceMs = subject.kind === 'trash' ? settings.trashMs : settings.graceMs;
  if (first.writtenAt + graceMs > scan.beganAt) return { kind: 'waiting' };
  const decided = { stage: 'decided', firstScanBegan: first.scanBegan, ...facts } as const;
  const serial = await certify(share, subject, decided, checkpoint);
  checkpoint();
  return { kind: 'gone', told: await remove(share, subject, serial) };
}

/** The oldest sound certificate that is about the very file; absent where it began to be unneeded only now. */
async function oldestAbout(
  share: Share,
  names: readonly string[],
  subject: Subject,
  { sizeBytes, modifiedMs }: FileStatus,
): Promise<Certificate | undefined> {
  for (const name of names.toSorted()) {
    const certificate = await readCertificate(share, name);
    if (
      certificate?.stage === 'seen' &&
      certificate.subject === subject.text &&
      certificate.sizeBytes === sizeBytes &&
      certificate.modifiedMs === modifiedMs
    )
      return certificate;
  }
  return undefined;
}

async function remove(share: Share, subject: Subject, serial: string): Promise<string | undefined> {
  const { files, paths } = share;
  const { kind, name } = subject;
  const path = pathOf(share, subject);
  if (kind === 'disk') {
    const uuid = asUuid(name);
    if (!(await moved(share, path, `${paths.trashFolder}/${uuid}.${serial}`))) return undefined;
    // A paused joiner then finds nothing to publish under the name that is free. One that did so just before is noticed
    // by the next round, for the record stays.
    await sweepJoins(share, uuid);
    return `set ${uuid} aside: it was removed, and nothing reads from it any more`;
  }
  await unlinkIfThere(files, path);
  if (kind === 'trash') {
    await files.syncFolder(paths.trashFolder);
    return `removed ${name} from the trash`;
  }
  if (kind === 'tmp') {
    await files.syncFolder(paths.temporaryFolder);
    return `removed ${name}, which was never finished`;
  }
  await unlinkIfThere(files, `${paths.sumFolder}/${name}`);
  await files.syncFolder(paths.retiredFolder);
  return undefined;
}

async function moved({ files, paths }: Share, from: string, to: string): Promise<boolean> {
  try {
    await files.rename(from, to);
  } catch (thrown) {
    // Another has moved it.
    if (errnoName(thrown) === 'ENOENT') return false;
    throw thrown;
  }
  await files.syncFolder(paths.trashFolder);
  await files.syncFolder(paths.folder);
  return true;
}

async function bringBack(
  { files, paths }: Share,
  trashed: string,
  uuid: Parameters<typeof diskFileName>[0],
): Promise<void> {
  try {
    await files.link(`${paths.trashFolder}/${trashed}`, `${paths.folder}/${diskFileName(uuid)}`);
  } catch (thrown) {
    // There already, or gone: the next scan tells.
    if (errnoName(thrown) !== 'EEXIST' && errnoName(thrown) !== 'ENOENT') throw thrown;
  }
  await files.syncFolder(paths.folder);
}

function certificatesBySubject({ evidence }: ShareScan): ReadonlyMap<string, readonly string[]> {
  const bySubject = new Map<string, string[]>();
  for (const name of evidence) {
    const parsed = parseEvidenceName(name);
    if (parsed?.stage !== 'seen') continue;
    const { text } = parsed.subject;
    const names = bySubject.get(text);
    if (names === undefined) bySubject.set(text, [name]);
    else names.push(name);
  }
  return bySubject;
}

function outdated(
  { clock }: Share,
  { evidence }: ShareScan,
  { evidenceMs }: UpkeepSettings,
): readonly string[] {
  const oldest = clock.now() - evidenceMs;
  return evidence.filter((name) => {
    const parsed = parseEvidenceName(name);
    return parsed !== undefined && parsed.madeAt < oldest;
  });
}

function pathOf({ paths }: Share, { kind, name }: Subject): string {
  if (kind === 'disk') return `${paths.folder}/${diskFileName(asUuid(name))}`;
  if (kind === 'trash') return `${paths.trashFolder}/${name}`;
  if (kind === 'tmp') return `${paths.temporaryFolder}/${name}`;
  return `${paths.retiredFolder}/${name}`;
}
