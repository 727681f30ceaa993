import type { JsonObject } from '@gdcloud/core';
import { secondsOf } from '../client/seconds-of.js';
import { errorWords } from '../texts/error-words.js';
import { fieldFaults, saidBesides } from '../texts/field-faults.js';
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
  retryAfter: string | undefined,
  form: WriteForm | undefined,
  { say, language }: Reader,
): Markup {
  const wrong = [...wrongFields(error)].filter(
    ([name]) => form !== undefined && Object.hasOwn(form.fields, name),
  );
  const items = wrong.map(
    ([name, text]) =>
      html`<li data-wrong="${name}"><a href="#${form?.name ?? ''}-${name}">${text}</a></li>`,
  );
  const { title, said, remedy } = errorWords(
    {
      code: plainText(error['code']),
      message: plainText(error['message']),
      detail: plainText(error['detail']),
      retryAfterSeconds: secondsOf(retryAfter ?? null),
    },
    language,
  );
  const listed = wrong.map(([, text]) => text);
  const own = saidBesides(said, listed).map((text) => html`<p lang="en">${text}</p>\n`);
  return html`<section id="problem" class="problem" role="alert"><p><strong>${title}</strong></p>
${items.length === 0 ? NOTHING : html`<ul lang="en">${items}</ul>\n`}${own}${remedy === undefined ? NOTHING : html`<p>${remedy}</p>\n`}<p class="quiet">${say('api.problem.id', { code: plainText(error['code']), id: plainText(error['id']) })}</p></section>
`;
}
