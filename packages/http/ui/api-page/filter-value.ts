import { found, made, type PageTools } from './page-tools.js';
import { addChoice } from './references.js';

/** Makes the value of a filter fit what it is compared with: a choice of resources, a choice of words, a text, or nothing. */
export function fitFilterValues(part: Element, tools: PageTools): void {
  for (const form of found(part, 'form[data-filter]', HTMLFormElement)) {
    const field = form.querySelector<HTMLSelectElement>('select[name="_where"]');
    const value = form.querySelector<HTMLInputElement>('input[name="_value"]');
    if (field === null || value === null) continue;
    const words = made('datalist', { id: 'filter-words' });
    value.after(words);
    let undo: (() => void) | undefined;
    const fit = (): void => {
      undo?.();
      undo = undefined;
      value.value = '';
      const option = field.selectedOptions[0];
      const { choices, options = '' } = option?.dataset ?? {};
      value.disabled = /_(not)?null$/.test(option?.value ?? '');
      words.replaceChildren(...options.split(' ').map((word) => made('option', { value: word })));
      value.setAttribute('list', options === '' ? '' : words.id);
      if (choices === undefined || value.disabled) return;
      value.dataset['choices'] = choices;
      undo = addChoice(value, tools);
    };
    field.addEventListener('change', fit);
  }
}
