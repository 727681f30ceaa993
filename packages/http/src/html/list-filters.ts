import { filterableFields, type JsonObject, type ResourceType } from '@gdcloud/core';
import { FILTER_FIELD, FILTER_VALUE, Query } from '../request/query.js';
import { isJsonObject } from '../request/strict-json.js';
import { curlView } from './forms.js';
import { html, Markup, NOTHING } from './markup.js';
import { plainText } from './plain-text.js';
import { linkOf, listOf, type Reader } from './reader.js';

/**
 * What a list is narrowed to, and a form that narrows it further: what to compare, how, and with what. Works without scripts,
 * as the query of a URL may name a filter by two parameters (see Query).
 */
export function listFilters(type: ResourceType, body: JsonObject, reader: Reader): Markup {
  const self = linkOf(body, 'self');
  if (self === undefined) return NOTHING;
  const { say } = reader;
  const [path = '', text = ''] = self.split('?');
  const query = Query.parse(text);
  const kept = query.parameters
    .filter(({ name }) => !['marker', 'limit'].includes(name))
    .map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">`);
  return html`<details class="folded filters"${new Markup(hasFilters(body) ? ' open' : '')}><summary>${say('api.filter.title')}</summary>
${activeFilters(path, query, body, reader)}<form method="get" action="${path}" data-filter>${kept}
<div class="filter-row"><div class="field"><label for="filter-field">${say('api.filter.field')}</label><select id="filter-field" name="${FILTER_FIELD}"><option value=""></option>${optionsOf(type, reader)}</select></div>
<div class="field"><label for="filter-value">${say('api.filter.value')}</label><input id="filter-value" type="text" name="${FILTER_VALUE}" autocomplete="off" aria-describedby="filter-about"></div>
<div class="field"><label for="filter-limit">${say('api.filter.limit')}</label><input id="filter-limit" type="number" name="limit" min="1" max="1000" value="${query.get('limit') ?? ''}" placeholder="100"></div>
<button>${say('api.filter.button')}</button></div>
<p class="quiet" id="filter-about">${say('api.filter.about')}</p>
${curlView({ method: 'GET', url: self }, reader)}</form></details>
`;
}

// A filter each, with what takes it away again.
function activeFilters(path: string, query: Query, body: JsonObject, { say }: Reader): Markup {
  const { filters } = body;
  if (!isJsonObject(filters)) return NOTHING;
  const active = Object.entries(filters).flatMap(([name, own]) =>
    Array.isArray(own) ? own.filter(isJsonObject).map((filter) => ({ name, filter })) : [],
  );
  if (active.length === 0) return NOTHING;
  const items = active.map(({ name, filter }) => {
    const modifier = plainText(filter['modifier']);
    const names = modifier === 'eq' ? [name, `${name}_eq`] : [`${name}_${modifier}`];
    const without = Object.fromEntries([...names, 'marker'].map((own) => [own, undefined]));
    const value = plainText(filter['value']);
    return html`<li><code>${name} ${modifier} <bdi>${value}</bdi></code> <a href="${path + query.with(without)}">${say('api.filter.remove')}</a></li>`;
  });
  return html`<ul class="active-filters">${items}</ul>
`;
}

function optionsOf(type: ResourceType, reader: Reader): readonly Markup[] {
  return Object.entries(filterableFields(type)).map(([name, { field, modifiers }]) => {
    const target = field.kind === 'reference' ? listOf(reader, field.target) : undefined;
    const options = field.options ?? (field.kind === 'boolean' ? ['true', 'false'] : undefined);
    const told = html`${target === undefined ? NOTHING : html` data-choices="${target}"`}${options === undefined ? NOTHING : html` data-options="${options.join(' ')}"`}`;
    const ways = modifiers.map(
      (modifier) =>
        html`<option value="${name}_${modifier}"${told}>${name} ${signOf(modifier)}</option>`,
    );
    return html`<optgroup label="${name}">${ways}</optgroup>`;
  });
}

const SIGNS: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '≠',
  lt: '<',
  lte: '≤',
  gt: '>',
  gte: '≥',
};

function signOf(modifier: string): string {
  return SIGNS[modifier] ?? modifier;
}

function hasFilters(body: JsonObject): boolean {
  const { filters } = body;
  return isJsonObject(filters) && Object.values(filters).some((filter) => filter !== null);
}
