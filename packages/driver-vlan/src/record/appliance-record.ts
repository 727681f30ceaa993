import { createHash } from 'node:crypto';

/** What is kept of a network: which document, and the plan that follows from it. */
export interface ApplianceRecord {
  readonly revision: number;
  /** SHA-256 of the plan's text, in hexadecimal: the plan follows from the document and nothing else. */
  readonly planHash: string;
  readonly plan: string;
}

/** The record of a plan. */
export function applianceRecord(revision: number, plan: string): ApplianceRecord {
  return { revision, planHash: createHash('sha256').update(plan).digest('hex'), plan };
}

/** The record as the text of its file. */
export function encodeRecord(record: ApplianceRecord): string {
  return `${JSON.stringify({ format: 1, ...record }, undefined, 2)}\n`;
}

/** Reads a record; absent when the text is none, or its plan is not the one it was written with. */
export function parseRecord(text: string): ApplianceRecord | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (
    typeof parsed !== 'object' ||
    parsed === null ||
    !('revision' in parsed) ||
    !('plan' in parsed)
  ) {
    return undefined;
  }
  if (
    !('planHash' in parsed) ||
    typeof parsed.plan !== 'string' ||
    typeof parsed.revision !== 'number'
  ) {
    return undefined;
  }
  const record = applianceRecord(parsed.revision, parsed.plan);
  return record.planHash === parsed.planHash ? record : undefined;
}
