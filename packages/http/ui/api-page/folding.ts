import { found, made, type PageTools } from './page-tools.js';

/** Lets a document be folded and unfolded as a whole. */
export function addFolding(part: Element, { say }: PageTools): void {
  for (const room of found(part, '.json-room', HTMLElement)) {
    const button = (text: string, open: boolean): HTMLButtonElement => {
      const one = made('button', { type: 'button' }, text);
      one.addEventListener('click', () => {
        for (const [index, details] of [...room.querySelectorAll('details')].entries())
          details.open = open || index === 0;
      });
      return one;
    };
    room.before(
      made(
        'div',
        { class: 'actions' },
        button(say('api.json.open'), true),
        button(say('api.json.close'), false),
      ),
    );
  }
}

/** What is open in a part of a page, each by where it is. */
export function openingsIn(part: Element): ReadonlyMap<string, boolean> {
  const places = [...part.querySelectorAll('details')].map(
    (details) => [placeOf(details, part), details.open] as const,
  );
  return new Map(places);
}

/** Opens and folds what was so before. */
export function reopen(part: Element, openings: ReadonlyMap<string, boolean>): void {
  for (const details of part.querySelectorAll('details')) {
    const open = openings.get(placeOf(details, part));
    if (open !== undefined) details.open = open;
  }
}

function placeOf(details: Element, part: Element): string {
  const words: string[] = [];
  for (let at: Element | null = details; at !== null && at !== part; at = at.parentElement)
    if (at instanceof HTMLDetailsElement)
      words.push(at.querySelector('summary')?.textContent ?? '');
  return words.join('\n');
}
