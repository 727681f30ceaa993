import { taken } from './ask-page.js';
import { made } from './page-tools.js';

/** Says in a form what was wrong with it: as a whole, and beside each input. `otherwise` where the page says nothing. */
export function showProblems(form: HTMLFormElement, page: Document, otherwise: string): void {
  const told = page.getElementById('problem');
  const problem = told === null ? made('p', { class: 'problem' }, otherwise) : taken(told);
  problem.removeAttribute('id');
  problem.setAttribute('role', 'alert');
  problem.classList.add('form-problem');
  const wrong = [...problem.querySelectorAll('[data-wrong]')].map((item) => ({
    name: item.getAttribute('data-wrong') ?? '',
    text: item.textContent ?? '',
  }));
  const inputs = wrong.flatMap(({ name, text }) => markWrong(form, name, text));
  form.querySelector('.form-end')?.before(problem);
  inputs[0]?.focus();
}

/** Takes away what an answer before said. */
export function clearProblems(form: HTMLFormElement): void {
  for (const old of form.querySelectorAll('.form-problem, .field > .wrong')) old.remove();
  for (const input of form.querySelectorAll('[aria-invalid="true"]'))
    input.setAttribute('aria-invalid', 'false');
}

function markWrong(form: HTMLFormElement, name: string, text: string): readonly HTMLElement[] {
  const field = [...form.querySelectorAll<HTMLElement>('.field')].find(
    (one) => one.dataset['field'] === name,
  );
  const about = field?.querySelector<HTMLElement>(':scope > p[id]');
  const input = field?.querySelector<HTMLElement>('input:not([type="hidden"]), select, textarea');
  if (field === undefined || !about || !input) return [];
  const id = `${about.id}-wrong`;
  about.before(made('p', { class: 'wrong', id, lang: 'en' }, text));
  input.setAttribute('aria-invalid', 'true');
  input.setAttribute('aria-describedby', `${id} ${about.id}`);
  for (let at: Element | null = field; at !== null && at !== form; at = at.parentElement)
    if (at instanceof HTMLDetailsElement) at.open = true;
  return [input];
}
