import { escapeHtml } from './escape.js';

/** HTML that is safe to put into a page: whatever texts are in it are escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may be filled into {@link html}. */
export type Filler = string | number | Markup | readonly Markup[];

/** Nothing. */
export const NOTHING: Markup = new Markup('');

/**
 * HTML written as a template: what is filled in is escaped, for content and for values in double quotes, unless it is
 * markup already.
 */
export function html(parts: TemplateStringsArray, ...fillers: readonly Filler[]): Markup {
  let text = parts[0] ?? '';
  for (const [index, filler] of fillers.entries())
    text += filled(filler) + (parts[index + 1] ?? '');
  return new Markup(text);
}

function filled(filler: Filler): string {
  if (filler instanceof Markup) return filler.text;
  if (typeof filler === 'number') return String(filler);
  return typeof filler === 'string' ? escapeHtml(filler) : filler.map(({ text }) => text).join('');
}
