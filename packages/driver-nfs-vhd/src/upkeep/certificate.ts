import { overtaken } from '../disks/disk-failures.js';
import type { Checkpoint } from '../files/guarded.js';
import { insteadOfFile } from '../files/plain-file.js';
import { publishFile } from '../files/publish-file.js';
import { readText } from '../files/read-text.js';
import { randomUuid } from '../share/random-uuid.js';
import type { Share } from '../share/share.js';
import { evidenceName, type Stage, type Subject, serialNumber } from './subject.js';

/** Why a file may go: what was seen of it and of all that could need it. Never changed once it is written. */
export interface Certificate {
  readonly subject: string;
  readonly stage: Stage;
  /** When the scan began that showed it; milliseconds since the epoch. */
  readonly scanBegan: number;
  /** When this was written. */
  readonly writtenAt: number;
  /** The very file: another under its name is not meant. */
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly reasons: readonly string[];
  /** Of a decision: when the first scan began that showed the same. */
  readonly firstScanBegan?: number | undefined;
}

/** Longer is none of ours. */
const MOST_BYTES = 64 * 1024;

/** Writes a certificate, durably. Returns its serial number. */
export async function certify(
  share: Share,
  subject: Subject,
  facts: Omit<Certificate, 'subject' | 'writtenAt'>,
  checkpoint: Checkpoint,
): Promise<string> {
  const { clock, files, paths, random } = share;
  const writtenAt = clock.now();
  const serial = serialNumber(writtenAt, random);
  const certificate: Certificate = { subject: subject.text, writtenAt, ...facts };
  const name = evidenceName(subject, serial, facts.stage);
  const bytes = Buffer.from(`${JSON.stringify(certificate)}\n`);
  const publication = {
    temporary: `${paths.temporaryFolder}/evidence.${randomUuid(random)}`,
    folder: paths.evidenceFolder,
    name,
    mode: 0o644,
    content: { pieces: [{ position: 0, bytes }] },
  };
  const outcome = await publishFile(files, publication, checkpoint);
  if (outcome === 'overtaken') throw overtaken(`${paths.evidenceFolder}/${name}`);
  return serial;
}

/** Reads a certificate; absent where there is none, or none of ours. */
export async function readCertificate(
  { files, paths }: Share,
  name: string,
): Promise<Certificate | undefined> {
  try {
    const text = await readText(files, `${paths.evidenceFolder}/${name}`, MOST_BYTES);
    return text === undefined ? undefined : parseCertificate(text);
  } catch (thrown) {
    if (insteadOfFile(thrown) !== undefined) return undefined;
    throw thrown;
  }
}

/** Reads a certificate's text; absent for what is none. */
export function parseCertificate(text: string): Certificate | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isCertificate(parsed) ? parsed : undefined;
}

function isCertificate(value: unknown): value is Certificate {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const stage = fields.get('stage');
  const reasons = fields.get('reasons');
  return (
    typeof fields.get('subject') === 'string' &&
    (stage === 'seen' || stage === 'decided') &&
    ['scanBegan', 'writtenAt', 'sizeBytes', 'modifiedMs'].every((name) =>
      Number.isFinite(fields.get(name)),
    ) &&
    Array.isArray(reasons) &&
    reasons.every((reason) => typeof reason === 'string')
  );
}
