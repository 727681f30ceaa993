import { MESSAGES, type MessageName } from './messages.js';

/** The languages that pages speak. */
export type Language = 'en' | 'de';

/** What is filled into a text. */
export type Words = Readonly<Record<string, string | number>>;

/** Says a text in one language. */
export type Speak = (name: MessageName, words?: Words) => string;

/** Makes what says the texts of pages in a language. What no word is given for stays as it is written. */
export function speaker(language: Language): Speak {
  const place = placeOf(language);
  return (name, words = {}) =>
    MESSAGES[name][place].replace(/\{([a-zA-Z]+)\}/g, (whole, word: string) =>
      String(words[word] ?? whole),
    );
}

/** Where a text in this language is among those that say the same. */
export function placeOf(language: Language): 0 | 1 {
  return language === 'de' ? 1 : 0;
}

/** Whether there is a text of this name; names that are put together may have none. */
export function isMessage(name: string): name is MessageName {
  return Object.hasOwn(MESSAGES, name);
}

/** The language for a reader who prefers these, best first: `de-AT`, `en`. English for all others. */
export function languageFor(preferred: readonly string[]): Language {
  const found = preferred.map((tag) => tag.toLowerCase().split('-')[0]);
  return found.find((tag): tag is Language => tag === 'en' || tag === 'de') ?? 'en';
}
