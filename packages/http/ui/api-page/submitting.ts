import { type AnsweredPage, askPage, taken } from './ask-page.js';
import { forget, sentOf } from './form-contents.js';
import { found, made, type PageTools } from './page-tools.js';
import { clearProblems, showProblems } from './problems-in-form.js';

/** What is done with an answer to a form that was taken. */
export interface Taken {
  /** The page that came has a newer state of what this page shows. */
  readonly updated: (page: Document) => void;
  /** The page that came is to be shown in place of this one: what is in it is shown only once. */
  readonly replaced: (page: Document) => void;
}

/**
 * Sends forms without leaving the page: what is wrong stands beside the inputs, and what was entered stays. Where that can't be
 * done, browsers send them as ever.
 */
export function sendInPlace(part: Element, tools: PageTools, then: Taken): void {
  for (const form of found(part, 'form[data-write]', HTMLFormElement)) {
    // The API says what is wrong better than browsers do, and with each field.
    form.noValidate = true;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (form.getAttribute('aria-busy') !== 'true') void send(form, tools, then);
    });
  }
}

async function send(form: HTMLFormElement, tools: PageTools, then: Taken): Promise<void> {
  const { say } = tools;
  form.setAttribute('aria-busy', 'true');
  try {
    const body = new URLSearchParams(sentOf(form).map(([name, text]) => [name, text]));
    const answer = await askPage(form.getAttribute('action') ?? '', { method: 'POST', body });
    clearProblems(form);
    if (answer.status >= 400) showProblems(form, answer.page, String(answer.status));
    if (answer.status === 409) await readAgain(form);
    if (answer.status < 400) took(form, answer, tools, then);
  } catch {
    clearProblems(form);
    const sentences = [say('problem.connection'), say('problem.connectionRemedy')];
    showProblems(form, document.implementation.createHTMLDocument(), sentences.join(': '));
  } finally {
    form.removeAttribute('aria-busy');
  }
}

function took(form: HTMLFormElement, { page }: AnsweredPage, tools: PageTools, then: Taken): void {
  const self = page.querySelector('[data-self]')?.getAttribute('data-self') ?? undefined;
  const here = document.querySelector('[data-self]')?.getAttribute('data-self') ?? undefined;
  if (page.querySelector('[data-once]') !== null) {
    then.replaced(page);
  } else if (self === undefined) {
    showAnswer(form, page);
  } else if (self === here) {
    forget(form);
    // What was asked for is done, so that the focus is not held any longer.
    form.closest('details')?.querySelector('summary')?.focus();
    form.closest('details')?.removeAttribute('open');
    then.updated(page);
    tools.notify(tools.say('api.done', { action: form.dataset['write'] ?? '' }));
  } else {
    location.assign(self);
  }
}

// Who is told that others changed something meanwhile sees it on the page, and may insist on what was changed here.
async function readAgain(form: HTMLFormElement): Promise<void> {
  const rev = form.querySelector<HTMLInputElement>('input[name="rev"]');
  const self = form.dataset['url'];
  if (rev === null || self === undefined) return;
  const { page } = await askPage(self);
  const now = page
    .querySelector(`form[data-write="edit"] input[name="rev"]`)
    ?.getAttribute('value');
  if (now !== null && now !== undefined) rev.value = now;
}

// What a question is answered with stands under it.
function showAnswer(form: HTMLFormElement, page: Document): void {
  const parts = ['#facts', '#explanation', '.json-room'].flatMap((selector) => {
    const found = page.querySelector(selector);
    return found === null ? [] : [taken(found)];
  });
  for (const part of parts.flatMap((one) => [one, ...one.querySelectorAll('[id]')]))
    for (const name of ['id', 'data-live', 'aria-labelledby', 'aria-label', 'role'])
      part.removeAttribute(name);
  form.parentElement?.querySelector(':scope > .answer')?.remove();
  form.after(made('div', { class: 'answer', role: 'status' }, ...parts));
}
