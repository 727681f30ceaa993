import { ApiError, ConnectionError } from '#client/errors.js';
import { fieldFaults } from '#texts/field-faults.js';

/** What went wrong, as it is shown to a person. */
export interface Problem {
  readonly kind: 'refused' | 'unreachable' | 'unexpected';
  /** One sentence. */
  readonly message: string;
  /** What to do about it, where that is known. */
  readonly remedy: string | null;
  /** The field to blame, and what is said of each field where several are wrong. */
  readonly fields: { readonly [name: string]: string };
  /** For those who look after the cloud. */
  readonly code: string;
  readonly requestId: string | null;
}

/** Reads a failure for a person. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ApiError) {
    return {
      kind: 'refused',
      message: thrown.message,
      remedy: thrown.detail,
      fields: Object.fromEntries(fieldFaults(thrown)),
      code: `${thrown.status} ${thrown.code}`,
      requestId: thrown.requestId,
    };
  }
  const nothing = { fields: {}, requestId: null, remedy: null };
  if (thrown instanceof ConnectionError)
    return { kind: 'unreachable', message: thrown.message, code: 'unreachable', ...nothing };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { kind: 'unexpected', message, code: 'unexpected', ...nothing };
}
