import type { Json, JsonObject, ResourceType } from '@gdcloud/core';
import { html, type Markup, NOTHING } from './markup.js';
import type { Reader } from './reader.js';
import { fieldOf, kindsOf, stateView, valueView } from './value-view.js';

/** Said elsewhere on the page, or of no use to people. */
const ELSEWHERE: ReadonlySet<string> = new Set(['links', 'actions', 'type', 'kind', 'data']);

/** The fields of a document, each with its value; those without one are folded away. */
export function factsOf(body: JsonObject, about: ResourceType | undefined, reader: Reader): Markup {
  const { say } = reader;
  const shown = Object.entries(body).filter(
    ([name]) => !ELSEWHERE.has(name) && !isTwin(body, name),
  );
  const [filled, empty] = [shown.filter(hasValue), shown.filter((entry) => !hasValue(entry))];
  if (shown.length === 0) return NOTHING;
  const kinds = kindsOf(about);
  const view = ([name, value]: readonly [string, Json | undefined]): Markup =>
    html`<div><dt>${name}</dt><dd>${name === 'state' ? stateView(body) : valueView(name, fieldOf(kinds, body, name), value, reader)}</dd></div>\n`;
  const more =
    empty.length === 0
      ? NOTHING
      : html`<details><summary>${say('api.fields.empty')}</summary><p class="quiet">${empty.map(([name]) => name).join(', ')}</p></details>`;
  return html`<section id="facts" data-live aria-labelledby="facts-title"><h2 id="facts-title">${say('fields.title')}</h2>
<dl class="values">
${filled.map(view)}</dl>
${more}</section>
`;
}

// Dates are told twice, for people and for programs.
function isTwin(body: JsonObject, name: string): boolean {
  return name.endsWith('TS') && Object.hasOwn(body, name.slice(0, -2));
}

function hasValue([, value]: readonly [string, Json | undefined]): boolean {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
