import { ApiError, ConnectionError } from '#client/errors.js';
import { type ErrorWords, errorWords, type ToldError } from '#texts/error-words.js';
import { fieldFaults } from '#texts/field-faults.js';
import { type Language, speaker } from '#texts/speak.js';

/** What went wrong. */
export interface Problem extends ToldError {
  readonly kind: 'refused' | 'unreachable' | 'unexpected';
  /** The field to blame, and what is said of each field where several are wrong. */
  readonly fields: { readonly [name: string]: string };
  /** Of the answer; null where there is none. */
  readonly status: number | null;
  /** For those who look after the cloud. */
  readonly requestId: string | null;
}

/** Reads a failure. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ApiError) {
    const { status, code, message, detail, requestId, retryAfterSeconds } = thrown;
    const fields = Object.fromEntries(fieldFaults(thrown));
    return { kind: 'refused', message, detail, fields, status, code, requestId, retryAfterSeconds };
  }
  const kind = thrown instanceof ConnectionError ? 'unreachable' : 'unexpected';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const nothing = { detail: null, fields: {}, status: null, requestId: null };
  return { kind, message, code: kind, ...nothing, retryAfterSeconds: null };
}

/** What is said of a problem to a person. */
export function problemWords(problem: Problem, language: Language): ErrorWords {
  if (problem.kind !== 'unreachable') return errorWords(problem, language);
  const say = speaker(language);
  return {
    title: say('problem.connection'),
    said: [],
    remedy: say('problem.connectionRemedy'),
  };
}

/** The same in a line. */
export function problemLine(problem: Problem, language: Language): string {
  const { title, said, remedy } = problemWords(problem, language);
  return `${title}: ${remedy ?? said.join(' ')}`;
}
