import { found, made, type PageTools } from './page-tools.js';

/** Lets a reader choose the columns of a list, and remembers it in this browser. */
export function addColumnChoice(part: Element, { say }: PageTools): void {
  for (const table of found(part, 'table[data-columns]', HTMLTableElement)) {
    const type = table.dataset['columns'] ?? '';
    if (type === '') continue;
    const heads = [...table.querySelectorAll<HTMLElement>('th[data-column]')];
    const nameOf = (head: HTMLElement): string => head.dataset['column'] ?? '';
    const chosen = recalled(type);
    if (chosen !== undefined)
      for (const [index, head] of heads.entries())
        show(table, index, chosen.includes(nameOf(head)) || index === 0);
    const boxes = heads.slice(1).map((head, index) => {
      const box = made('input', { type: 'checkbox' });
      box.checked = !head.hidden;
      box.addEventListener('change', () => {
        show(table, index + 1, box.checked);
        remember(type, heads.filter((one) => !one.hidden).map(nameOf));
      });
      return made('label', {}, box, ` ${nameOf(head)}`);
    });
    const summary = made('summary', {}, say('api.columns'));
    const legend = made('legend', { class: 'hidden' }, say('api.columns'));
    const room = document.getElementById('list-tools');
    const open = room?.querySelector('details')?.open === true ? { open: '' } : {};
    const choice = made('fieldset', {}, legend, ...boxes);
    room?.replaceChildren(made('details', { class: 'folded columns', ...open }, summary, choice));
  }
}

function show(table: HTMLTableElement, column: number, shown: boolean): void {
  for (const row of table.rows) {
    const cell = row.cells[column];
    if (cell !== undefined) cell.hidden = !shown;
  }
}

// Browsers may keep nothing for a page, and what is kept may be anything.
function recalled(type: string): readonly string[] | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(type)) ?? 'null');
    return Array.isArray(kept) ? kept.map(String) : undefined;
  } catch {
    return undefined;
  }
}

function remember(type: string, columns: readonly string[]): void {
  try {
    localStorage.setItem(keyOf(type), JSON.stringify(columns));
  } catch {
    // Then it is as it was the next time.
  }
}

function keyOf(type: string): string {
  return `gdcloud.columns.${type}`;
}
