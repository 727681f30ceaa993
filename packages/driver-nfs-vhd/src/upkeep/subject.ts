import type { Random } from '@gdcloud/core';

const KINDS = ['disk', 'trash', 'tmp', 'retired'] as const;
const STAGES = ['seen', 'decided'] as const;

/**
 * What evidence is about: a disk where hypervisors look (by its uuid), a file in the trash or a temporary one (by its
 * name), or the record of a retired disk (by its uuid).
 */
export interface Subject {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  /** Both, as the name of a certificate begins. */
  readonly text: string;
}

/** `seen`: nothing needed it when somebody looked. `decided`: nothing did for long enough, and it goes. */
export type Stage = (typeof STAGES)[number];

/** What the name of a certificate says. */
export interface EvidenceName {
  readonly subject: Subject;
  readonly stage: Stage;
  /** When it was made; milliseconds since the epoch. */
  readonly madeAt: number;
}

/** A subject. */
export function subjectOf(kind: Subject['kind'], name: string): Subject {
  return { kind, name, text: `${kind}.${name}` };
}

/** A number that no other file has, by its moment and by chance: 20 hexadecimal digits, which sort by time. */
export function serialNumber(now: number, random: Random): string {
  const time = Math.max(0, Math.floor(now)).toString(16).padStart(12, '0');
  return `${time}${Buffer.from(random.bytes(4)).toString('hex')}`;
}

/** The name of a certificate. */
export function evidenceName(subject: Subject, serial: string, stage: Stage): string {
  return `${subject.text}.${serial}.${stage}`;
}

/** Reads a name made by {@link evidenceName}; absent for every other file. */
export function parseEvidenceName(name: string): EvidenceName | undefined {
  const parts = /^([a-z]+)\.(.+)\.([0-9a-f]{12})[0-9a-f]{8}\.([a-z]+)$/.exec(name);
  const [, kindText, subject = '', time = '', stageText] = parts ?? [];
  const kind = KINDS.find((known) => known === kindText);
  const stage = STAGES.find((known) => known === stageText);
  if (kind === undefined || stage === undefined) return undefined;
  return { subject: subjectOf(kind, subject), stage, madeAt: Number.parseInt(time, 16) };
}
