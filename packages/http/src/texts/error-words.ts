import { isGeneral } from './general-remedies.js';
import { ERROR_TEXTS, type ErrorTexts } from './messages.js';
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
  const texts = textsOf(error.code);
  const { message, detail } = error;
  const saysMore = detail !== null && !message.includes(detail) && !isGeneral(error.code, detail);
  const said = saysMore ? [message, detail] : [message];
  if (texts === undefined)
    return { title: speaker(language)('problem.title'), said, remedy: undefined };
  const place = placeOf(language);
  const when = whenToRetry(error.retryAfterSeconds, language);
  return {
    title: texts.title[place],
    said,
    remedy: texts.remedy[place].replace('{when}', when),
  };
}

// Codes come from outside: `constructor` is none.
function textsOf(code: string): ErrorTexts | undefined {
  return Object.entries(ERROR_TEXTS).find(([known]) => known === code)?.[1];
}

function whenToRetry(seconds: number | null, language: Language): string {
  if (seconds === null) return speaker(language)('problem.soon');
  const format = new Intl.RelativeTimeFormat(language);
  return seconds <= FEW_SECONDS
    ? format.format(seconds, 'second')
    : format.format(Math.ceil(seconds / 60), 'minute');
}
