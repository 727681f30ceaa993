import type { JsonObject } from '@gdcloud/core';
import { fieldFaults } from '../texts/field-faults.js';
import type { WriteForm } from './forms.js';
import { html, type Markup, NOTHING } from './markup.js';
import { plainText } from './plain-text.js';
import type { Reader } from './reader.js';

/** What is wrong with which field, as an error document says it. */
export function wrongFields(error: JsonObject): ReadonlyMap<string, string> {
  const { fieldName, message, detail } = error;
  return fieldFaults({
    fieldName: typeof fieldName === 'string' ? fieldName : null,
    message: plainText(message),
    detail: plainText(detail),
  });
}

/** An error: what is wrong, with which input of a form, and what to do about it. */
export function problemView(
  error: JsonObject,
  form: WriteForm | undefined,
  { say }: Reader,
): Markup {
  const wrong = [...wrongFields(error)].filter(
    ([name]) => form !== undefined && Object.hasOwn(form.fields, name),
  );
  const items = wrong.map(
    ([name, text]) =>
      html`<li data-wrong="${name}"><a href="#${form?.name ?? ''}-${name}">${text}</a></li>`,
  );
  const detail = plainText(error['detail']);
  // Said field by field already.
  const isListed = detail.split('; ').every((part) => wrong.some(([, text]) => text === part));
  const title = items.length === 0 ? plainText(error['message']) : say('problem.title');
  return html`<section id="problem" class="problem" role="alert"><p><strong>${title}</strong></p>
${items.length === 0 ? NOTHING : html`<ul>${items}</ul>`}${detail === '' || isListed ? NOTHING : html`<p>${detail}</p>`}
<p class="quiet">${say('api.problem.id', { code: plainText(error['code']), id: plainText(error['id']) })}</p></section>
`;
}
