import { type CurlRequest, curlCommand } from '#texts/curl-command.js';
import { curlValues, type Entries, filteredUrl } from './curl-values.js';
import { entriesOf } from './form-contents.js';
import { found, made, type PageTools } from './page-tools.js';

/** Keeps the command of a form as the form is filled in. */
export function followWithCurl(form: HTMLFormElement, began: Entries): void {
  const shown = form.querySelector('[data-curl]');
  if (shown === null) return;
  const update = (): void => {
    shown.textContent = curlCommand(requestOf(form, began));
  };
  form.addEventListener('input', update);
  form.addEventListener('change', update);
}

/** Lets commands be copied. */
export function addCopyButtons(part: Element, { say, notify }: PageTools): void {
  for (const pre of found(part, '.curl pre', HTMLPreElement)) {
    const button = made('button', { type: 'button', class: 'copy' }, say('action.copy'));
    button.addEventListener('click', () => void copy(pre).then(() => notify(say('api.copied'))));
    pre.after(button);
  }
}

function requestOf(form: HTMLFormElement, began: Entries): CurlRequest {
  const entered = entriesOf(form);
  const { method, url } = form.dataset;
  if (method !== 'POST' && method !== 'PUT' && method !== 'DELETE') {
    const action = new URL(form.getAttribute('action') ?? '', location.href).href;
    return { method: 'GET', url: filteredUrl(action, entered) };
  }
  const inputs = [...form.elements];
  const named = (selector: string): ReadonlySet<string> =>
    new Set(
      inputs.filter((one) => one.matches(selector)).map((one) => one.getAttribute('name') ?? ''),
    );
  const secrets = new Set([...named('[type="password"]'), ...named('[data-secret]')]);
  // An edit leaves as it is what it does not name.
  const required = method === 'POST' ? named('[data-required]') : new Set<string>();
  const sent = curlValues({ began, entered, secrets, required });
  return { method, url: url ?? '', sent };
}

// Browsers give the clipboard to pages over https and on this machine only; elsewhere the text is marked for the reader.
async function copy(pre: HTMLPreElement): Promise<void> {
  getSelection()?.selectAllChildren(pre);
  await navigator.clipboard?.writeText(pre.textContent ?? '');
}
