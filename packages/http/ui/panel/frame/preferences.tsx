import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { Language, Speak } from '#texts/speak.js';
import { chooseTheme, chosenTheme, type Theme } from './settings.js';

/** The language that pages are in, and the way to another. */
export interface Spoken {
  readonly language: Language;
  readonly say: Speak;
  readonly change: (language: Language) => void;
}

/** The language of what is around. */
export const SpokenContext = createContext<Spoken | undefined>(undefined);

/** The choice of language and of light or dark. */
export function Preferences() {
  const spoken = useContext(SpokenContext);
  const [theme, setTheme] = useState<Theme>(chosenTheme());
  if (spoken === undefined) return null;
  const { language, say, change } = spoken;
  return (
    <>
      <select
        aria-label={say('frame.language')}
        value={language}
        onChange={({ currentTarget }) => change(currentTarget.value === 'de' ? 'de' : 'en')}
      >
        <option value="en">English</option>
        <option value="de">Deutsch</option>
      </select>
      <select
        aria-label={say('frame.theme')}
        value={theme}
        onChange={({ currentTarget: { value } }) => {
          const chosen = value === 'light' || value === 'dark' ? value : 'system';
          setTheme(chosen);
          chooseTheme(chosen);
        }}
      >
        <option value="system">◐ {say('theme.system')}</option>
        <option value="light">☀ {say('theme.light')}</option>
        <option value="dark">☾ {say('theme.dark')}</option>
      </select>
    </>
  );
}
