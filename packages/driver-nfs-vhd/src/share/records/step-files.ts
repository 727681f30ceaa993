import { parseUuid, type ResourceUuid } from '@gdcloud/core';
import type { SharePaths } from '../share-paths.js';
import type { CopyRecord, CopyStep, VolumeRecord, VolumeStep } from './volume-record.js';

/**
 * Names in the temporary folder of what a decision needs. They are used once: whoever wakes up after the step was
 * finished finds none of them, so nothing that it still has in mind can happen.
 */
export interface StepFiles {
  /** A second name of what the volume's file was. */
  readonly base: string;
  /** What takes its place. */
  readonly child: string;
  /** A second name of the child, which becomes the volume's. */
  readonly next: string;
  /** The record before it is published; goes first when an attempt is given up, and with it the chance to publish it. */
  readonly record: string;
  /** The record once more; goes last, so the step is unfinished for as long. */
  readonly todo: string;
}

/** A name of one of {@link StepFiles}, read. */
export interface StepFileName {
  readonly volume: ResourceUuid;
  readonly why: StepReason;
  /** The base that the volume's file becomes; the volume itself where it becomes none. */
  readonly subject: ResourceUuid;
  readonly attempt: string;
  readonly part: keyof StepFiles;
}

type StepReason = 'use' | 'snapshot' | 'restore' | 'grow' | 'join' | 'upload';

const REASONS: readonly string[] = [
  'use',
  'snapshot',
  'restore',
  'grow',
  'join',
  'upload',
] satisfies StepReason[];
const PARTS: readonly string[] = ['base', 'child', 'next', 'record', 'todo'] satisfies Array<
  keyof StepFiles
>;

/** The files of a decision. */
export function stepFiles(
  paths: SharePaths,
  { volume, step, attempt }: Pick<VolumeRecord | CopyRecord, 'volume' | 'step' | 'attempt'>,
): StepFiles {
  const stem = [volume, reasonOf(step), subjectOf(volume, step), attempt].join('.');
  return stepFilesOf(paths, stem);
}

/** The files of an attempt that may have become a decision. */
export function attemptFiles(
  paths: SharePaths,
  { volume, why, subject, attempt }: Omit<StepFileName, 'part'>,
): StepFiles {
  return stepFilesOf(paths, [volume, why, subject, attempt].join('.'));
}

/** Reads a name in the temporary folder; absent for every other file. */
export function parseStepFileName(name: string): StepFileName | undefined {
  const [first = '', why, second = '', attempt = '', part, ...more] = name.split('.');
  const [volume, subject] = [parseUuid(first), parseUuid(second)];
  if (volume === undefined || subject === undefined || more.length > 0) return undefined;
  if (!isReason(why) || !isPart(part) || !/^[0-9a-f]{32}$/.test(attempt)) return undefined;
  return { volume, why, subject, attempt, part };
}

function stepFilesOf({ temporaryFolder }: SharePaths, stem: string): StepFiles {
  const path = (part: keyof StepFiles): string => `${temporaryFolder}/${stem}.${part}`;
  return {
    base: path('base'),
    child: path('child'),
    next: path('next'),
    record: path('record'),
    todo: path('todo'),
  };
}

function reasonOf(step: VolumeStep | CopyStep): StepReason {
  return step.kind === 'use' ? 'use' : step.why;
}

function subjectOf(volume: ResourceUuid, step: VolumeStep | CopyStep): ResourceUuid {
  return 'base' in step ? step.base : volume;
}

function isReason(word: string | undefined): word is StepReason {
  return word !== undefined && REASONS.includes(word);
}

function isPart(word: string | undefined): word is keyof StepFiles {
  return word !== undefined && PARTS.includes(word);
}
