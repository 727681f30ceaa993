import { type Language, languageFor } from '#texts/speak.js';

/** Light, dark, or as the system is. */
export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** What a reader chose, and what their browser prefers. */
export function chosenLanguage(): Language {
  const chosen = localStorage.getItem('gdcloud.language');
  return languageFor(chosen === null ? navigator.languages : [chosen, ...navigator.languages]);
}

/** The locale for dates and sizes: the browser’s, if it is one of that language. */
export function localeFor(language: Language): string {
  return navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
}

/** Keeps the choice. */
export function chooseLanguage(language: Language): void {
  localStorage.setItem('gdcloud.language', language);
}

/** What was chosen. */
export function chosenTheme(): Theme {
  const chosen = localStorage.getItem('gdcloud.theme');
  return THEMES.find((theme) => theme === chosen) ?? 'system';
}

/** Keeps the choice and shows it. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem('gdcloud.theme', theme);
  showTheme(theme);
}

/** Shows the page in a theme. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
}
