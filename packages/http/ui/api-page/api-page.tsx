import { languageFor, speaker } from '#texts/speak.js';
import { quantitiesIn } from '../format/quantities.js';
import { CloudApi } from '../hypermedia/cloud-api.js';
import { askPage, taken } from './ask-page.js';
import { addColumnChoice } from './column-choice.js';
import { addCopyButtons, followWithCurl } from './curl-updates.js';
import { showExplanations } from './explain-inline.js';
import { fitFilterValues } from './filter-value.js';
import { addFolding } from './folding.js';
import { begin } from './form-contents.js';
import { keepLive } from './live-page.js';
import { found, made, type PageTools } from './page-tools.js';
import { writeQuantities } from './quantities-in.js';
import { addReferenceChoices } from './references.js';
import { Regions } from './regions.js';
import { sendInPlace, type Taken } from './submitting.js';

const language = languageFor([document.documentElement.lang]);
const locale = navigator.languages.find((tag) => languageFor([tag]) === language) ?? language;
const head = document.querySelector<HTMLElement>('[data-live-of]');
const toast = document.body.appendChild(made('div', { class: 'toast', role: 'status' }));

const tools: PageTools = {
  api: new CloudApi(document.body.dataset['root'] ?? location.origin, 'of the browser'),
  say: speaker(language),
  amounts: quantitiesIn(locale),
  notify: (text) => {
    toast.replaceChildren(made('p', {}, text));
    setTimeout(() => toast.replaceChildren(), 4_000);
  },
};

let stopLive = (): void => undefined;
let shows: 'what is now' | 'an answer' = 'what is now';
const regions = new Regions(document, enhance);
const then: Taken = {
  updated: (page) => {
    regions.update(page);
    showExplanations(document.body);
  },
  replaced: (page) => {
    const main = page.getElementById('main');
    const here = document.getElementById('main');
    if (main === null || here === null) return;
    // What is shown only once must not be replaced by what is shown ever after.
    stopLive();
    shows = 'an answer';
    const fresh = taken(main);
    here.replaceWith(fresh);
    enhance(fresh);
    if (fresh instanceof HTMLElement) fresh.focus();
  },
};

/** Adds to a part of a page what scripts can add; all of it can be read and used without. */
function enhance(part: Element): void {
  writeQuantities(part, tools);
  for (const form of found(part, 'form', HTMLFormElement)) followWithCurl(form, begin(form));
  addCopyButtons(part, tools);
  sendInPlace(part, tools, then);
  fitFilterValues(part, tools);
  addReferenceChoices(part, tools);
  addColumnChoice(part, tools);
  addFolding(part, tools);
}

enhance(document.body);
showExplanations(document.body);
if (head !== null) {
  const self = head.dataset['self'] ?? location.href;
  stopLive = keepLive(head, tools, async () => {
    const { status, page } = await askPage(self);
    if (shows === 'an answer') return;
    if (status === 200) regions.update(page);
    showExplanations(document.body);
  });
}
