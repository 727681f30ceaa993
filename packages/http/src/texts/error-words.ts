import { isGeneral } from './general-remedies.js';
import { ERROR_TEXTS } from './messages.js';
import { type Language, placeOf, speaker } from './speak.js';

/** An error as the API tells it. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly detail: string | null;
  /** After so many seconds it makes sense to ask again; null where that is not known. */
  readonly retryAfterSeconds: number | null;
}

/** An error as a page tells it. */
export interface ErrorWords {
  /** What went wrong, in the reader’s language. */
  readonly title: string;
  /** What the API itself says of this one: in English, with names and values. */
  readonly said: readonly string[];
  /** What to do about it, in the reader’s language; undefined for codes that only others know. */
  readonly remedy: string | undefined;
}

/** Longer waits are told in minutes. */
const FEW_SECONDS = 120;

/** An error in plain words: what went wrong, what the API says of it, and what to do. */
export function errorWords(error: ToldError, language: Language): ErrorWords {
  const { code, message, detail } = error;
  const saysMore = detail !== null && !message.includes(detail) && !isGeneral(code, detail);
  const said = saysMore ? [message, detail] : [message];
  if (!isKnown(code)) return { title: speaker(language)('problem.title'), said, remedy: undefined };
  const { title, remedy } = ERROR_TEXTS[code];
  const place = placeOf(language);
  const when = whenToRetry(error.retryAfterSeconds, language);
  return { title: title[place], said, remedy: remedy[place].replace('{when}', when) };
}

// Codes come from outside: `constructor` is none.
function isKnown(code: string): code is keyof typeof ERROR_TEXTS {
  return Object.hasOwn(ERROR_TEXTS, code);
}

function whenToRetry(seconds: number | null, language: Language): string {
  if (seconds === null) return speaker(language)('problem.soon');
  const format = new Intl.RelativeTimeFormat(language);
  return seconds <= FEW_SECONDS
    ? format.format(seconds, 'second')
    : format.format(Math.ceil(seconds / 60), 'minute');
}
