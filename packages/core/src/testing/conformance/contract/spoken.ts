import { DriverFailure } from '../../../model/errors.js';
import { WRITTEN } from '../check.js';
import { Finding, show } from '../finding.js';
import type { Sighting, SpokenRule } from '../stage/recorder.js';

/** What holds for everything that a driver returns or throws, in every check. */
export const SPOKEN: readonly SpokenRule[] = [
  {
    id: 'failures-are-driver-failures',
    rule: 'A driver fails only with a DriverFailure.',
    where: WRITTEN.rules,
    judge: (sighting) => {
      if (sighting.kind === 'returned' || sighting.what instanceof DriverFailure) return undefined;
      return broken('a DriverFailure', sighting);
    },
  },
  {
    id: 'failures-help',
    rule: 'A failure has a stable code, says what happened, and what can be done about it.',
    where: WRITTEN.failures,
    judge: (sighting) => {
      const failure = failureIn(sighting);
      if (!(failure instanceof DriverFailure) || helps(failure)) return undefined;
      const expected = 'a code in one word, a message, and a remedy in words';
      return broken(expected, { ...sighting, what: failure });
    },
  },
  {
    id: 'answers-are-well-formed',
    rule: 'Observations, acceptances and pages have the shape of the contract, and are plain data.',
    where: 'Observation, Accepted, OwnedPage (core/ports/driver.ts)',
    judge: (sighting) =>
      sighting.kind === 'failed' || wellFormed(sighting)
        ? undefined
        : broken('an answer of the contract’s shape', sighting),
  },
  {
    id: 'secrets-stay-secret',
    rule: 'No password, token or session id occurs in what a driver says.',
    where: 'ErrorOptions.detail (core/model/errors.ts); kernel.md 2.5',
    judge: ({ check, verb, what }, secrets) => {
      const text = everyWord(what);
      return [...secrets].some((secret) => text.includes(secret))
        ? new Finding('no secret in an answer or a failure', `one in ${verb}, during ${check}`)
        : undefined;
    },
  },
];

function broken(expected: string, { check, verb, what }: Sighting): Finding {
  return new Finding(expected, `${show(what)}, from ${verb} during ${check}`);
}

function helps({ code, message, remedy }: DriverFailure): boolean {
  return /^[\w.-]+$/.test(code) && message !== '' && /\w \w/.test(remedy);
}

// A look that tells a failure is held to the same as one that throws it.
function failureIn({ kind, what }: Sighting): unknown {
  if (kind === 'failed') return what;
  return isObject(what) && what['presence'] === 'unknown' ? what['failure'] : undefined;
}

function wellFormed({ verb, what }: Sighting): boolean {
  if (!isObject(what)) return false;
  switch (verb) {
    case 'observe':
      return isObservation(what);
    case 'list':
      return (
        Array.isArray(what['objects']) &&
        what['objects'].every(isOwned) &&
        isText(what['cursor'], 'maybe')
      );
    case 'foresee':
      return (
        Array.isArray(what['changes']) &&
        what['changes'].every((change) => isObject(change) && isText(change['field'], 'always')) &&
        isPlain(what['actual'])
      );
    default:
      return typeof what['settled'] === 'boolean' && isText(what['external'], 'maybe');
  }
}

function isObservation(what: Readonly<Record<string, unknown>>): boolean {
  switch (what['presence']) {
    case 'absent':
      return true;
    case 'unknown':
      return what['failure'] instanceof DriverFailure;
    case 'present':
      return (
        isText(what['external'], 'always') &&
        Array.isArray(what['changes']) &&
        what['changes'].every((change) => isObject(change) && isText(change['field'], 'always')) &&
        isPlain(what['actual'])
      );
    default:
      return false;
  }
}

function isOwned(entry: unknown): boolean {
  return (
    isObject(entry) &&
    isText(entry['external'], 'always') &&
    isText(entry['uuid'], 'always') &&
    Number.isInteger(entry['epoch'])
  );
}

function isText(value: unknown, when: 'always' | 'maybe'): boolean {
  return (typeof value === 'string' && value !== '') || (when === 'maybe' && value === undefined);
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (!isObject(value)) return true;
  return !(value instanceof Promise) && Object.values(value).every(isPlain);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function everyWord(what: unknown, depth = 0): string {
  if (depth > 8) return '';
  if (what instanceof Error) {
    const more = what instanceof DriverFailure ? `${what.code} ${what.remedy}` : '';
    const fields = Object.entries(what).map(([name, value]) => everyWord([name, value], depth + 1));
    const cause = everyWord(what.cause, depth + 1);
    return [what.message, what.stack, more, cause, ...fields].join(' ');
  }
  if (!isObject(what)) return String(what);
  return Object.entries(what)
    .map(([name, value]) => `${name} ${everyWord(value, depth + 1)}`)
    .join(' ');
}
